#include "deepgap/core/timestamp.hpp"

#include <fmt/chrono.h>

namespace deepgap {

std::string rfc3339(std::chrono::system_clock::time_point when) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

}  // namespace deepgap

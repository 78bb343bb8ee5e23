#include "deepgap/core/error.hpp"

namespace deepgap {

std::string_view name(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_input: return "invalid input";
    case Errc::unsupported: return "unsupported";
    case Errc::unavailable: return "unavailable";
    case Errc::engine_failure: return "engine failure";
    case Errc::io: return "input/output";
    case Errc::interrupted: return "interrupted";
    case Errc::internal: return "internal";
  }
  return "unknown";
}

}  // namespace deepgap

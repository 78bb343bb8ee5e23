#include "deepgap/core/timestamp.hpp"

#include <fmt/chrono.h>

#include <cstdio>
#include <ctime>

namespace deepgap {

std::string rfc3339(std::chrono::system_clock::time_point when) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

std::string rfc3339_ms(std::chrono::system_clock::time_point when) {
  using std::chrono::milliseconds;
  const auto since = std::chrono::floor<milliseconds>(when.time_since_epoch());
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(whole.count())),
                     (since - whole).count());
}

std::optional<double> seconds_of(const std::string& rfc3339) {
  std::tm t{};
  double second = 0;
  int end = 0;
  if (std::sscanf(rfc3339.c_str(), "%4d-%2d-%2dT%2d:%2d:%6lfZ%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
                  &t.tm_hour, &t.tm_min, &second, &end) != 6 ||
      end != static_cast<int>(rfc3339.size()) || !(second >= 0 && second < 61))
    return std::nullopt;
  t.tm_year -= 1900;
  t.tm_mon -= 1;
  if (t.tm_year < 0 || t.tm_mon < 0 || t.tm_mon > 11) return std::nullopt;
  return static_cast<double>(::timegm(&t)) + second;
}

}  // namespace deepgap

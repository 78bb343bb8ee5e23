#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace deepgap {

// "2026-11-25T01:02:03Z" (RFC 3339, UTC, whole seconds).
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point when);

// "2026-11-25T01:02:03.456Z": where order and distance matter.
[[nodiscard]] std::string rfc3339_ms(std::chrono::system_clock::time_point when);

// Seconds since 1970 of either form; absent for any other text.
[[nodiscard]] std::optional<double> seconds_of(const std::string& rfc3339);

}  // namespace deepgap

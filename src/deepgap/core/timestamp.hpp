#pragma once

#include <chrono>
#include <string>

namespace deepgap {

// "2026-11-25T01:02:03Z" (RFC 3339, UTC, whole seconds).
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point when);

}  // namespace deepgap

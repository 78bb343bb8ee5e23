#pragma once

#include <cstdint>

namespace deepgap::measure {

// Time that passes only when a test says so, and a little at every reading.
struct FakeClock {
  std::int64_t time_ns = 1'000'000;
  std::int64_t reading_ns = 0;
  double step_s = 0;

  [[nodiscard]] std::int64_t now_ns() noexcept { return time_ns += reading_ns; }
  [[nodiscard]] double resolution_s() const noexcept { return step_s; }
};

}  // namespace deepgap::measure

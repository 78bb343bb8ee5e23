#pragma once

#include <ctime>

#include <chrono>
#include <concepts>
#include <cstdint>

// The clock that results come from, replaceable by a fake one in tests.
namespace deepgap::measure {

// now_ns() never goes back; resolution_s() is the size of one step of it.
template <class C>
concept Clock = requires(C& clock) {
  { clock.now_ns() } noexcept -> std::same_as<std::int64_t>;
  { clock.resolution_s() } noexcept -> std::same_as<double>;
};

// The system's monotonic clock.
struct SteadyClock {
  [[nodiscard]] std::int64_t now_ns() const noexcept {
    using std::chrono::nanoseconds;
    return std::chrono::duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  [[nodiscard]] double resolution_s() const noexcept {
    timespec step{};
    if (clock_getres(CLOCK_MONOTONIC, &step) != 0) return 1e-9;
    return static_cast<double>(step.tv_sec) + static_cast<double>(step.tv_nsec) * 1e-9;
  }
};
static_assert(Clock<SteadyClock>);

}  // namespace deepgap::measure

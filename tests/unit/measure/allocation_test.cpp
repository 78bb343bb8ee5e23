#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "deepgap/measure/round_loop.hpp"
#include "fake_clock.hpp"

// A program of its own: it replaces operator new.
namespace {

std::int64_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

// Not inlined: GCC 12 takes half of an inlined pair for a mismatch under ThreadSanitizer.
[[gnu::noinline]] void* operator new(std::size_t size) { return counted(size); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return counted(size); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace deepgap::measure {
namespace {

std::int64_t uneven_ns(std::int64_t call) { return 100'000 + call * 7919 % 1000; }

// Allocations seen from call to call, forgotten at every pause.
struct Meter {
  std::int64_t last = -1, within = 0, calls = 0;
  void call() {
    if (last >= 0) within += allocations - last;
    last = allocations;
    ++calls;
  }
  void pause() { last = -1; }
};

RoundSpec endless(double cap_s) {
  RoundSpec spec;
  spec.params = stats::round_params(10);
  spec.params.target = 1e-6;
  spec.params.t_cap_s = cap_s;
  return spec;
}

TEST(TimedLoop, AllocatesNothingBetweenLooks) {
  FakeClock clock;
  const std::atomic<bool> stop{false};
  Meter meter;
  std::int64_t pauses = 0;
  const auto on_block = [&](std::int64_t, std::int64_t) {
    meter.pause();
    ++pauses;
  };
  // The round's unrecorded calls are followed by one reservation.
  constexpr std::int64_t kUnrecorded = 1010;
  std::int64_t calls = 0;
  const auto series = run_round(
      endless(3),
      [&]() -> Status {
        clock.time_ns += uneven_ns(calls);
        if (calls++ >= kUnrecorded) meter.call();
        return {};
      },
      RoundHooks{clock, stop, on_block});
  ASSERT_TRUE(series);
  EXPECT_GT(pauses, 3);
  EXPECT_GT(meter.calls, 28'000);
  EXPECT_EQ(meter.within, 0);
}

TEST(TimedLoop, AllocatesNothingWithSeveralInFlight) {
  struct Pipeline {
    FakeClock& clock;
    Meter& meter;
    [[nodiscard]] std::size_t size() const { return 4; }
    Status start(std::size_t) { return {}; }
    Status wait(std::size_t) {
      clock.time_ns += uneven_ns(calls);
      if (calls++ >= 1010) meter.call();
      return {};
    }
    std::int64_t calls = 0;
  };
  FakeClock clock;
  const std::atomic<bool> stop{false};
  Meter meter;
  const auto on_block = [&](std::int64_t, std::int64_t) { meter.pause(); };
  Pipeline pipeline{clock, meter};
  const auto series = run_pipelined_round(endless(3), pipeline, RoundHooks{clock, stop, on_block});
  ASSERT_TRUE(series);
  EXPECT_GT(meter.calls, 28'000);
  EXPECT_EQ(meter.within, 0);
}

TEST(TimedLoop, TheMeterItselfCounts) {
  Meter meter;
  meter.call();
  const auto something = std::make_unique<int>(1);
  meter.call();
  EXPECT_EQ(meter.within, 1);
}

}  // namespace
}  // namespace deepgap::measure

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "deepgap/measure/round_loop.hpp"
#include "deepgap/measure/rounds.hpp"
#include "fake_clock.hpp"

// Calls, clocks and parameters that no measurement should meet, and what becomes of them.
namespace deepgap::measure {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

struct OddCalls : testing::Test {
  FakeClock clock;
  std::atomic<bool> stop{false};
  std::int64_t calls = 0;

  static RoundSpec capped_at(double seconds) {
    RoundSpec spec;
    spec.params = stats::session_round_params(10);
    spec.params.t_min_s = seconds / 2;
    spec.params.t_cap_s = seconds;
    return spec;
  }
  template <class Call>
  Result<RoundSeries> run(const RoundSpec& spec, Call call) {
    const auto ignore = [](std::int64_t, std::int64_t) {};
    return run_round(
        spec,
        [&]() -> Status {
          ++calls;
          clock.time_ns += call();
          return {};
        },
        RoundHooks{clock, stop, ignore});
  }
};

TEST_F(OddCalls, LongerThanTheCapGoOnUntilThereAreThree) {
  const auto series = run(capped_at(0.5), [] { return 1500 * kMillisecond; });
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.size(), 3U);
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::time_cap);
  EXPECT_EQ(calls, 4) << "and one before, unrecorded";
}

TEST_F(OddCalls, OfTenCapsEndTheRoundAtOnceWithoutAnInterval) {
  auto series = run(capped_at(0.5), [] { return 6000 * kMillisecond; });
  ASSERT_TRUE(series);
  const record::Round round = to_record(*std::move(series));
  EXPECT_EQ(round.samples, 1);
  EXPECT_EQ(round.label, "too-few");
  EXPECT_EQ(round.stopped_by, "time cap");
  EXPECT_DOUBLE_EQ(round.mean_s, 6);
  EXPECT_FALSE(round.half_s);
}

TEST_F(OddCalls, OfTenCapsEndARoundOfPlannedSamplesToo) {
  RoundSpec spec = capped_at(0.5);
  spec.planned_samples = 100;
  const auto series = run(spec, [] { return 6000 * kMillisecond; });
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.size(), 1U);
}

TEST_F(OddCalls, ThatBecomeEndlessOnlyAfterTheWarmUpEndTheRoundToo) {
  const auto series =
      run(capped_at(0.5), [&] { return calls <= 150 ? kMillisecond : 60'000 * kMillisecond; });
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.back(), 60'000 * kMillisecond);
  EXPECT_EQ(calls, 151);
}

TEST_F(OddCalls, UnderAClockThatGoesBackAreAnErrorWhereverItHappens) {
  for (const std::int64_t at : {101, 102, 150, 228, 229}) {  // the first hundred are unrecorded
    calls = 0;
    const auto series = run(capped_at(0.5), [&] { return calls == at ? -kMillisecond : kMillisecond; });
    ASSERT_FALSE(series) << at;
    EXPECT_EQ(series.error().code(), Errc::internal) << at;
    EXPECT_NE(series.error().message().find("the clock went back"), std::string::npos) << at;
  }
}

// Collects in order; the clock goes back in one of the waits.
struct UnreliablePipeline {
  FakeClock& clock;
  std::int64_t back_at;
  std::int64_t waits = 0, in_flight = 0;
  [[nodiscard]] std::size_t size() const { return 3; }
  Status start(std::size_t) {
    ++in_flight;
    return {};
  }
  Status wait(std::size_t) {
    --in_flight;
    clock.time_ns += ++waits == back_at ? -5 * kMillisecond : kMillisecond;
    return {};
  }
};

TEST_F(OddCalls, InFlightUnderAClockThatGoesBackAreAllCollected) {
  UnreliablePipeline pipeline{clock, 200};
  const auto ignore = [](std::int64_t, std::int64_t) {};
  const auto series = run_pipelined_round(capped_at(2), pipeline, RoundHooks{clock, stop, ignore});
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code(), Errc::internal);
  EXPECT_EQ(pipeline.in_flight, 0);
}

TEST_F(OddCalls, AreNotMadeWithTargetsOrCapsThatMakeNoSense) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double target : {0.0, -0.01, 1.5, HUGE_VAL, nan}) {
    RoundSpec spec = capped_at(1);
    spec.params.target = target;
    const auto series = run(spec, [] { return kMillisecond; });
    ASSERT_FALSE(series) << target;
    EXPECT_EQ(series.error().code(), Errc::invalid_input) << target;
  }
  for (const double cap : {0.0, -1.0, HUGE_VAL, nan}) {
    RoundSpec spec = capped_at(1);
    spec.params.t_cap_s = cap;
    EXPECT_FALSE(run(spec, [] { return kMillisecond; })) << cap;
  }
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace deepgap::measure

#include "deepgap/measure/round_loop.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <numeric>

#include "deepgap/stats/synth.hpp"
#include "fake_clock.hpp"

namespace deepgap::measure {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

RoundSpec spec_of_rounds() {
  RoundSpec spec;
  spec.params = stats::round_params(10);
  return spec;
}

struct Fixture : testing::Test {
  struct Watcher {
    std::vector<std::pair<std::int64_t, std::int64_t>> blocks;
    std::function<void()> also;
    void operator()(std::int64_t first, std::int64_t count) {
      blocks.emplace_back(first, count);
      if (also) also();
    }
  };
  FakeClock clock;
  std::atomic<bool> stop{false};
  Watcher watcher;
  std::int64_t calls = 0;

  template <class Call>
  Result<RoundSeries> run(const RoundSpec& spec, Call call) {
    return run_round(
        spec,
        [&] {
          ++calls;
          return call();
        },
        RoundHooks{clock, stop, watcher});
  }
  auto taking(std::int64_t ns) {
    return [this, ns]() -> Status {
      clock.time_ns += ns;
      return {};
    };
  }
};

using ClosedRound = Fixture;

TEST_F(ClosedRound, RecordsEveryCallAndItsEnd) {
  const auto series = run(spec_of_rounds(), taking(kMillisecond));
  ASSERT_TRUE(series);
  ASSERT_EQ(series->latencies_ns.size(), series->ends_ns.size());
  EXPECT_EQ(series->result.look.n, static_cast<std::int64_t>(series->latencies_ns.size()));
  for (const std::int64_t x : series->latencies_ns) EXPECT_EQ(x, kMillisecond);
  EXPECT_EQ(series->ends_ns.front(), kMillisecond);
  EXPECT_TRUE(std::is_sorted(series->ends_ns.begin(), series->ends_ns.end()));
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::precise);
  EXPECT_EQ(series->result.look.label, stats::Label::steady);
}

TEST_F(ClosedRound, AgreesWithTheReplayOfWhatItRecorded) {
  for (const char* kind : {"iid:5", "ar:90", "warm", "bimodal", "stalls"}) {
    const auto x = stats::synthesise(kind, {1e-3, 30'000, 3, 0})->latencies_s;
    std::size_t next = 0;
    RoundSpec spec = spec_of_rounds();
    spec.warmup_calls = 0;
    spec.warmup_s = 0;
    const auto series = run(spec, [&]() -> Status {
      clock.time_ns += static_cast<std::int64_t>(x[next++] * 1e9);
      return {};
    });
    ASSERT_TRUE(series) << kind;
    std::vector<double> latencies;
    std::vector<double> ends;
    for (std::size_t i = 0; i < series->latencies_ns.size(); ++i) {
      latencies.push_back(static_cast<double>(series->latencies_ns[i]) * 1e-9);
      ends.push_back(static_cast<double>(series->ends_ns[i]) * 1e-9);
    }
    const auto replay = stats::measure_round(latencies, ends, spec.params);
    ASSERT_TRUE(replay);
    EXPECT_EQ(replay->look.n, series->result.look.n) << kind;
    EXPECT_EQ(replay->looks, series->result.looks) << kind;
    EXPECT_EQ(replay->look.label, series->result.look.label) << kind;
    EXPECT_EQ(replay->look.half_s, series->result.look.half_s) << kind;
    EXPECT_EQ(replay->stopped_by, series->result.stopped_by) << kind;
  }
}

TEST_F(ClosedRound, NothingButTheCallLiesBetweenItsTwoReadings) {
  clock.reading_ns = 7;
  const auto series = run(spec_of_rounds(), taking(kMillisecond));
  ASSERT_TRUE(series);
  for (const std::int64_t x : series->latencies_ns) EXPECT_EQ(x, kMillisecond + 7);
}

TEST_F(ClosedRound, FastCallsGoUnrecordedForATenthOfASecond) {
  const auto series = run(spec_of_rounds(), taking(kMillisecond));
  ASSERT_TRUE(series);
  EXPECT_EQ(calls - series->result.look.n, 100 + (series->result.looks - 1)) << "and one after each look";
}

TEST_F(ClosedRound, SlowCallsSpendAtMostAQuarterOfTheCapUnrecorded) {
  RoundSpec spec = spec_of_rounds();
  spec.params.t_cap_s = 1;
  const auto series = run(spec, taking(300 * kMillisecond));
  ASSERT_TRUE(series);
  EXPECT_EQ(calls - series->result.look.n, 1);
}

TEST_F(ClosedRound, ACallLongerThanTheCapIsOneSampleAndTooFew) {
  RoundSpec spec = spec_of_rounds();
  spec.params.t_cap_s = 1;
  const auto series = run(spec, taking(5000 * kMillisecond));
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns, std::vector<std::int64_t>{5000 * kMillisecond});
  EXPECT_EQ(series->result.look.label, stats::Label::too_few);
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::time_cap);
  EXPECT_DOUBLE_EQ(*series->result.look.mean_s, 5);
}

TEST_F(ClosedRound, PlannedSamplesAreTakenExactly) {
  RoundSpec spec = spec_of_rounds();
  spec.planned_samples = 777;
  const auto series = run(spec, taking(kMillisecond));
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.size(), 777U);
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::planned_samples);
  EXPECT_EQ(series->result.looks, 1);
}

TEST_F(ClosedRound, TheCapEndsPlannedSamplesToo) {
  RoundSpec spec = spec_of_rounds();
  spec.params.t_cap_s = 0.5;
  spec.planned_samples = 777;
  const auto series = run(spec, taking(kMillisecond));
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.size(), 500U);
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::time_cap);
}

TEST_F(ClosedRound, TheSampleLimitBoundsMemory) {
  RoundSpec spec = spec_of_rounds();
  spec.max_samples = 3000;
  const auto series = run(spec, taking(100));
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.size(), 3000U);
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::sample_limit);
  EXPECT_EQ(series->result.look.label, stats::Label::time_capped);
}

TEST_F(ClosedRound, AFailingCallEndsTheRoundWithItsError) {
  const auto series = run(spec_of_rounds(), [&]() -> Status {
    clock.time_ns += kMillisecond;
    if (calls == 100 + 42) return Error{Errc::engine_failure, "device lost"};
    return {};
  });
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code(), Errc::engine_failure);
  EXPECT_EQ(series.error().message(), "timed call 42: device lost");
  EXPECT_EQ(calls, 142);
}

TEST_F(ClosedRound, AFailingUnrecordedCallIsAnErrorToo) {
  const auto series = run(spec_of_rounds(), []() -> Status { return Error{Errc::engine_failure, "no"}; });
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().message(), "unrecorded call: no");
  EXPECT_EQ(calls, 1);
}

TEST_F(ClosedRound, AnInterruptKeepsWhatWasMeasured) {
  const auto series = run(spec_of_rounds(), [&]() -> Status {
    clock.time_ns += kMillisecond;
    stop = calls == 100 + 300;
    return {};
  });
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.size(), 300U);
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::interrupted);
  EXPECT_EQ(series->result.look.label, stats::Label::time_capped);
  EXPECT_TRUE(series->result.look.half_s);
  ASSERT_EQ(series->blocks.size(), 1U);
  EXPECT_EQ(series->blocks[0].samples, 300);
}

TEST_F(ClosedRound, AnInterruptBeforehandMeasuresNothing) {
  stop = true;
  const auto series = run(spec_of_rounds(), taking(kMillisecond));
  ASSERT_TRUE(series);
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(series->latencies_ns.empty());
  EXPECT_EQ(series->result.look.label, stats::Label::too_few);
  EXPECT_EQ(series->result.stopped_by, stats::StoppedBy::interrupted);
}

TEST_F(ClosedRound, AClockThatGoesBackIsOurBug) {
  const auto series = run(spec_of_rounds(), [&]() -> Status {
    clock.time_ns += calls == 150 ? -5 * kMillisecond : kMillisecond;
    return {};
  });
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code(), Errc::internal);
}

TEST_F(ClosedRound, AClockThatGoesBackInAnUnrecordedCallIsOurBugToo) {
  const auto series = run(spec_of_rounds(), taking(-kMillisecond));
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code(), Errc::internal);
}

TEST_F(ClosedRound, ALatencyBelowTheClocksStepIsRecordedAsOneNanosecond) {
  RoundSpec spec = spec_of_rounds();
  spec.warmup_s = 0;
  spec.planned_samples = 200;
  const auto series = run(spec, taking(0));
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns, std::vector<std::int64_t>(200, 1));
}

TEST_F(ClosedRound, ACoarseClockWidensTheInterval) {
  RoundSpec spec = spec_of_rounds();
  spec.planned_samples = 200;
  const auto fine = run(spec, taking(kMillisecond));
  clock.step_s = 1e-4;
  const auto coarse = run(spec, taking(kMillisecond));
  ASSERT_TRUE(fine && coarse);
  EXPECT_NEAR(*coarse->result.look.half_s - *fine->result.look.half_s, 0.5e-4, 1e-12);
}

TEST_F(ClosedRound, BlocksCoverTheSamplesWithoutGapsAndEndAtLooks) {
  RoundSpec spec = spec_of_rounds();
  spec.params.target = 1e-5;
  spec.params.t_cap_s = 3;
  std::int64_t tick = 0;
  const auto series = run(spec, [&]() -> Status {
    clock.time_ns += kMillisecond + (++tick * 7919 % 1000) * 100;
    return {};
  });
  ASSERT_TRUE(series);
  ASSERT_GE(series->blocks.size(), 3U);
  ASSERT_EQ(series->blocks.size(), watcher.blocks.size());
  std::int64_t next = 0;
  for (std::size_t i = 0; i < series->blocks.size(); ++i) {
    const RoundBlock& b = series->blocks[i];
    EXPECT_EQ(b.first_sample, next);
    EXPECT_EQ(watcher.blocks[i], std::pair(b.first_sample, b.samples));
    next += b.samples;
  }
  EXPECT_EQ(next, series->result.look.n);
}

TEST_F(ClosedRound, BadParametersAreRefusedBeforeAnyCall) {
  RoundSpec spec = spec_of_rounds();
  spec.params.growth = 0.5;
  EXPECT_FALSE(run(spec, taking(kMillisecond)));
  EXPECT_EQ(calls, 0);
}

// Two stages of a device: calls are finished in the order they were started, one every `service_ns`.
struct FakePipeline {
  FakeClock& clock;
  std::size_t places;
  std::int64_t service_ns;
  std::deque<std::pair<std::size_t, std::int64_t>> in_flight = {};  // place, when it is done
  std::vector<std::string> misuse = {};
  std::int64_t starts = 0, waits = 0, fail_wait_at = -1, fail_start_at = -1;

  [[nodiscard]] std::size_t size() const { return places; }
  Status start(std::size_t i) {
    if (++starts == fail_start_at) return Error{Errc::engine_failure, "cannot start"};
    for (const auto& [place, done] : in_flight)
      if (place == i) misuse.push_back("started twice");
    const std::int64_t free =
        in_flight.empty() ? clock.time_ns : std::max(clock.time_ns, in_flight.back().second);
    in_flight.emplace_back(i, free + service_ns);
    return {};
  }
  Status wait(std::size_t i) {
    if (in_flight.empty() || in_flight.front().first != i) {
      misuse.push_back("waited out of order");
      return {};
    }
    clock.time_ns = std::max(clock.time_ns, in_flight.front().second);
    in_flight.pop_front();
    if (++waits == fail_wait_at) return Error{Errc::engine_failure, "lost"};
    return {};
  }
};

struct PipelinedRound : Fixture {
  Result<RoundSeries> run_on(const RoundSpec& spec, FakePipeline& pipeline) {
    return run_pipelined_round(spec, pipeline, RoundHooks{clock, stop, watcher});
  }
};

TEST_F(PipelinedRound, LatencyTimesThroughputIsWhatIsInFlight) {
  FakePipeline pipeline{clock, 3, kMillisecond};
  const auto series = run_on(spec_of_rounds(), pipeline);
  ASSERT_TRUE(series);
  EXPECT_TRUE(pipeline.misuse.empty()) << pipeline.misuse.front();
  EXPECT_TRUE(pipeline.in_flight.empty()) << "everything started was collected";
  EXPECT_EQ(series->in_flight, 3);
  for (const std::int64_t x : series->latencies_ns) EXPECT_EQ(x, 3 * kMillisecond);
  for (std::size_t i = 1; i < static_cast<std::size_t>(series->blocks[0].samples); ++i)
    EXPECT_EQ(series->ends_ns[i] - series->ends_ns[i - 1], kMillisecond);
  EXPECT_EQ(series->ends_ns[0] - series->blocks[0].begin_ns, kMillisecond);
}

TEST_F(PipelinedRound, CallsThatSawAPauseAreNotRecorded) {
  FakePipeline pipeline{clock, 4, kMillisecond};
  watcher.also = [&] { clock.time_ns += 500 * kMillisecond; };  // telemetry takes its time
  RoundSpec spec = spec_of_rounds();
  spec.params.target = 1e-6;
  spec.params.floor = 1;
  spec.params.t_cap_s = 4;
  const auto series = run_on(spec, pipeline);
  ASSERT_TRUE(series);
  ASSERT_GT(series->blocks.size(), 1U);
  for (const std::int64_t x : series->latencies_ns) EXPECT_EQ(x, 4 * kMillisecond);
}

TEST_F(PipelinedRound, AFailureIsToldAfterAllCallsWereCollected) {
  FakePipeline pipeline{clock, 4, kMillisecond};
  pipeline.fail_wait_at = 250;
  const auto series = run_on(spec_of_rounds(), pipeline);
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code(), Errc::engine_failure);
  EXPECT_NE(series.error().message().find("lost"), std::string::npos);
  EXPECT_TRUE(pipeline.in_flight.empty());
  EXPECT_TRUE(pipeline.misuse.empty()) << pipeline.misuse.front();
}

TEST_F(PipelinedRound, AStartThatFailsLeavesNothingInFlightWhereverItHappens) {
  for (const std::int64_t at : {1, 2, 4, 5, 90, 105, 110, 300}) {
    FakePipeline pipeline{clock, 4, kMillisecond};
    pipeline.fail_start_at = at;
    EXPECT_FALSE(run_on(spec_of_rounds(), pipeline)) << at;
    EXPECT_TRUE(pipeline.in_flight.empty()) << at;
    EXPECT_TRUE(pipeline.misuse.empty()) << at << pipeline.misuse.front();
  }
}

TEST_F(PipelinedRound, AWaitThatFailsLeavesNothingInFlightWhereverItHappens) {
  for (const std::int64_t at : {1, 2, 4, 5, 100, 101, 104, 105, 109, 300}) {
    FakePipeline pipeline{clock, 4, kMillisecond};
    pipeline.fail_wait_at = at;
    EXPECT_FALSE(run_on(spec_of_rounds(), pipeline)) << at;
    EXPECT_TRUE(pipeline.in_flight.empty()) << at;
    EXPECT_TRUE(pipeline.misuse.empty()) << at << pipeline.misuse.front();
  }
}

TEST_F(PipelinedRound, PlannedSamplesAndInterruptsHoldHereToo) {
  FakePipeline pipeline{clock, 2, kMillisecond};
  RoundSpec spec = spec_of_rounds();
  spec.planned_samples = 333;
  const auto series = run_on(spec, pipeline);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->latencies_ns.size(), 333U);
  EXPECT_TRUE(pipeline.in_flight.empty());
  stop = true;
  const auto nothing = run_on(spec, pipeline);
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->latencies_ns.empty());
}

TEST(RoundOnSessions, NeedsASession) {
  const std::atomic<bool> stop{false};
  EXPECT_FALSE(run_round(RoundSpec{}, std::span<const std::unique_ptr<engine::Session>>{}, stop, {}));
}

}  // namespace
}  // namespace deepgap::measure

#include "deepgap/measure/rounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "deepgap/measure/round_loop.hpp"
#include "deepgap/stats/synth.hpp"
#include "fake_clock.hpp"

namespace deepgap::measure {
namespace {

RoundSeries measured(std::string_view kind, std::uint64_t seed, const RoundSpec& spec, double base_s = 1e-3) {
  FakeClock clock;
  const std::atomic<bool> stop{false};
  const auto ignore = [](std::int64_t, std::int64_t) {};
  const auto x = stats::synthesise(kind, {base_s, 20'000, seed, 0})->latencies_s;
  std::size_t next = 0;
  auto series = run_round(
      spec,
      [&]() -> Status {
        clock.time_ns += static_cast<std::int64_t>(x[next++] * 1e9);
        return {};
      },
      RoundHooks{clock, stop, ignore});
  EXPECT_TRUE(series);
  return *std::move(series);
}

RoundSpec standard_round() {
  RoundSpec spec;
  spec.params = stats::standard_plan().round;
  return spec;
}

std::vector<record::Round> ten_rounds(std::string_view kind, double base_s = 1e-3) {
  std::vector<record::Round> rounds;
  for (std::uint64_t r = 0; r < 10; ++r) {
    RoundSpec spec = standard_round();
    spec.planned_samples = planned_samples(rounds);
    rounds.push_back(to_record(measured(kind, r, spec, base_s)));
    rounds.back().index = static_cast<std::int64_t>(r);
    rounds.back().process = static_cast<std::int64_t>(r % 2);
  }
  return rounds;
}

record::Round short_round(std::int64_t index, double mean_s) {
  record::Round r;
  r.index = index;
  r.label = "too-few";
  r.stopped_by = "time cap";
  r.samples = 4;
  r.mean_s = mean_s;
  r.latencies_ns.assign(4, static_cast<std::int64_t>(mean_s * 1e9));
  r.ends_ns = {1, 2, 3, 4};
  r.throughput_per_s = 1 / mean_s;
  return r;
}

TEST(ToRecord, KeepsEverySampleAndWhatTheLookSaid) {
  const RoundSeries series = measured("iid:1", 1, standard_round());
  const record::Round r = to_record(series);
  EXPECT_EQ(r.samples, series.result.look.n);
  EXPECT_EQ(r.warmup_samples, series.result.look.cut);
  EXPECT_EQ(r.latencies_ns, series.latencies_ns);
  EXPECT_EQ(r.ends_ns, series.ends_ns);
  EXPECT_EQ(r.mean_s, *series.result.look.mean_s);
  EXPECT_EQ(r.half_s, series.result.look.half_s);
  EXPECT_EQ(r.label, stats::name(series.result.look.label));
  EXPECT_EQ(r.stopped_by, stats::name(series.result.stopped_by));
  EXPECT_EQ(r.blocks.size(), series.blocks.size());
  EXPECT_EQ(r.in_flight, 1);
}

TEST(ToRecord, ThroughputIsCountedWorkOverWallTimeWithoutThePauses) {
  RoundSeries series;
  series.latencies_ns = {90, 90, 90, 90};
  series.ends_ns = {100, 200, 1'000'000'100, 1'000'000'200};
  series.blocks = {{0, 2, 0}, {2, 2, 1'000'000'000}};
  EXPECT_DOUBLE_EQ(*to_record(series).throughput_per_s, 4 / 400e-9);
  series.result.look.cut = 1;
  EXPECT_DOUBLE_EQ(*to_record(series).throughput_per_s, 3 / 300e-9);
  series.result.look.cut = 4;
  EXPECT_FALSE(to_record(series).throughput_per_s);
}

TEST(ToRecord, AnEmptyRoundHasNoNumbers) {
  const record::Round r = to_record(RoundSeries{});
  EXPECT_EQ(r.samples, 0);
  EXPECT_FALSE(r.half_s);
  EXPECT_FALSE(r.throughput_per_s);
  EXPECT_EQ(r.label, "too-few");
}

TEST(PlannedSamples, ComeFromTheFirstRoundThatCanBeBelieved) {
  EXPECT_FALSE(planned_samples({}));
  auto rounds = std::vector{short_round(0, 1), short_round(1, 1), short_round(2, 1), short_round(3, 1)};
  EXPECT_FALSE(planned_samples(rounds));
  rounds[1].label = "not-stationary";
  rounds[2].label = "precise";
  rounds[2].stopped_by = "interrupted";
  rounds[3].label = "time-capped";
  EXPECT_EQ(planned_samples(rounds), 4);
  rounds.pop_back();
  EXPECT_FALSE(planned_samples(rounds)) << "an interrupted round is no plan";
}

TEST(FillStatistics, TenGoodRoundsFillTheRow) {
  const auto rounds = ten_rounds("iid:5");
  record::Row row;
  fill_statistics(row, rounds, 8, stats::standard_plan().merged);
  EXPECT_EQ(row.label, "precise");
  EXPECT_EQ(row.rounds, 10);
  EXPECT_EQ(row.processes, 2);
  EXPECT_EQ(*row.samples + *row.warmup_samples, 10 * rounds[0].samples);
  ASSERT_TRUE(row.latency_mean_ms && row.throughput_ips && row.latency_p50_ms && row.latency_p90_ms);
  EXPECT_LT(*row.latency_mean_ms->lo, 1.00125);
  EXPECT_GT(*row.latency_mean_ms->hi, 1.00125);
  EXPECT_NEAR(row.throughput_ips->value, 8000 / row.latency_mean_ms->value, 1);
  EXPECT_LT(*row.throughput_ips->lo, row.throughput_ips->value);
  EXPECT_LT(row.throughput_ips->value, *row.throughput_ips->hi);
  EXPECT_NEAR(row.latency_p50_ms->value, 1, 0.01);
  EXPECT_NEAR(row.latency_p90_ms->value, std::exp(0.05 * 1.2816), 0.01);
  EXPECT_FALSE(row.latency_p999_ms) << "p99.9 of some thousand samples";
  EXPECT_NEAR(*row.mode_limit_pct, 25.9, 0.1);
  EXPECT_TRUE(row.drift_bound_pct);
  EXPECT_EQ(row.stopped_by, "precise");
}

// Five rounds of 20 ms calls that get slower from one to the next, 30 s apart.
std::vector<record::Round> slowing_rounds() {
  auto rounds = ten_rounds("iid:1");
  rounds.resize(5);
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    rounds[i].started_at = "2026-01-02T03:0" + std::to_string(i) + ":00.000Z";
    rounds[i].mean_s *= 1 + 0.02 * static_cast<double>(i);
  }
  return rounds;
}

TEST(FillStatistics, ATrendFromRoundToRoundIsNotStationary) {
  record::Row row;
  fill_statistics(row, slowing_rounds(), 1, stats::quick_plan().merged);
  EXPECT_EQ(row.label, "not-stationary");
  EXPECT_GT(*row.drift_bound_pct, 7);
}

TEST(FillStatistics, ProcessesThatDifferAreNamed) {
  auto rounds = ten_rounds("iid:1");
  for (record::Round& r : rounds)
    if (r.process == 1) r.mean_s *= 1.03;
  record::Row row;
  fill_statistics(row, rounds, 1, stats::quick_plan().merged);
  ASSERT_EQ(row.warnings.size(), 1U);
  EXPECT_TRUE(row.warnings[0].starts_with("processes differ: the slowest of 2 by ")) << row.warnings[0];
}

TEST(FillStatistics, AbsentPercentilesSayWhatTheyWouldTake) {
  record::Row row;
  fill_statistics(row, ten_rounds("iid:5"), 1, stats::quick_plan().merged);
  ASSERT_FALSE(row.latency_p999_ms);
  ASSERT_TRUE(row.percentiles_needed);
  EXPECT_NE(row.percentiles_needed->find("p99.9: "), std::string::npos) << *row.percentiles_needed;
  EXPECT_EQ(row.percentiles_needed->find("p50"), std::string::npos) << *row.percentiles_needed;
}

TEST(FillStatistics, ThroughputOfSeveralInFlightIsOfTheSeriesThatHadThem) {
  auto rounds = ten_rounds("iid:1");
  for (record::Round& r : rounds) {
    r.in_flight = 4;
    r.pipelined_per_s = 3000 + 10 * static_cast<double>(r.index % 3);
    r.pipelined_half = 0.001;
  }
  record::Row row;
  fill_statistics(row, rounds, 2, stats::standard_plan().merged);
  EXPECT_NEAR(row.latency_mean_ms->value, 1, 0.01) << "of calls one after another";
  EXPECT_NEAR(row.throughput_ips->value, 2 * 3009, 3);
  EXPECT_LT(*row.throughput_ips->lo, 2 * 3005);
  EXPECT_GT(*row.throughput_ips->hi, 2 * 3013);
  rounds[3].pipelined_per_s.reset();
  fill_statistics(row, rounds, 2, stats::standard_plan().merged);
  EXPECT_NEAR(row.throughput_ips->value, 2 * 1000, 20) << "not a mixture of the two";
}

TEST(FillStatistics, DeviceTimeHasTheIntervalOfItsRounds) {
  auto rounds = ten_rounds("iid:1");
  for (record::Round& r : rounds) r.device_mean_s = 4e-4 + 1e-6 * static_cast<double>(r.index % 2);
  record::Row row;
  fill_statistics(row, rounds, 2, stats::standard_plan().merged);
  ASSERT_TRUE(row.device_mean_ms && row.device_mean_ms->lo && row.device_mean_ms->hi);
  EXPECT_NEAR(row.device_mean_ms->value, 0.4005, 1e-9);
  EXPECT_LT(*row.device_mean_ms->lo, 0.4004);
  EXPECT_GT(*row.device_mean_ms->lo, 0.399);
  rounds[0].device_mean_s.reset();
  fill_statistics(row, rounds, 2, stats::standard_plan().merged);
  EXPECT_FALSE(row.device_mean_ms) << "a round without it";
  rounds[0].stopped_by = "interrupted";
  fill_statistics(row, rounds, 2, stats::standard_plan().merged);
  EXPECT_TRUE(row.device_mean_ms) << "an interrupted round has no say";
}

TEST(FillStatistics, OrderOfTheRoundsIsThatOfTheirIndices) {
  auto rounds = ten_rounds("logn");
  record::Row a;
  fill_statistics(a, rounds, 1, {});
  std::reverse(rounds.begin(), rounds.end());
  record::Row b;
  fill_statistics(b, rounds, 1, {});
  EXPECT_EQ(a, b);
}

TEST(FillStatistics, NoRoundsLeaveNumbersAbsent) {
  record::Row row;
  row.latency_p50_ms = record::Estimate{1, 1, 1};
  fill_statistics(row, {}, 1, {});
  EXPECT_EQ(row.label, "too-few");
  EXPECT_EQ(row.rounds, 0);
  EXPECT_FALSE(row.latency_mean_ms);
  EXPECT_FALSE(row.latency_p50_ms);
  EXPECT_FALSE(row.throughput_ips);
  EXPECT_FALSE(row.stopped_by);
  EXPECT_FALSE(row.mode_limit_pct);
}

TEST(FillStatistics, RoundsTooShortForAnIntervalStillShowHowFarTheyDiffer) {
  const std::vector rounds = {short_round(0, 0.4), short_round(1, 0.41), short_round(2, 0.39),
                              short_round(3, 0.4)};
  record::Row row;
  fill_statistics(row, rounds, 2, stats::quick_plan().merged);
  EXPECT_EQ(row.label, "few-rounds");
  ASSERT_TRUE(row.latency_mean_ms && row.latency_mean_ms->lo && row.latency_mean_ms->hi);
  EXPECT_NEAR(row.latency_mean_ms->value, 400, 1e-9);
  EXPECT_NEAR(*row.latency_mean_ms->hi - 400, 3.896 * 8.165 / 2, 0.01);
  EXPECT_TRUE(row.throughput_ips->lo);
  EXPECT_EQ(row.samples, 16);
  EXPECT_FALSE(row.latency_p50_ms);
  EXPECT_EQ(row.stopped_by, "time cap");
}

TEST(FillStatistics, OneShortRoundHasAMeanAndNoInterval) {
  record::Row row;
  fill_statistics(row, std::vector{short_round(0, 0.4)}, 1, {});
  ASSERT_TRUE(row.latency_mean_ms);
  EXPECT_FALSE(row.latency_mean_ms->lo);
  EXPECT_FALSE(row.latency_mean_ms->hi);
  EXPECT_FALSE(row.throughput_ips->lo);
}

TEST(FillStatistics, AHalfWidthAboveTheMeanLeavesEndsOpen) {
  const std::vector rounds = {short_round(0, 0.1), short_round(1, 1), short_round(2, 9)};
  record::Row row;
  fill_statistics(row, rounds, 1, stats::quick_plan().merged);
  ASSERT_TRUE(row.latency_mean_ms && row.throughput_ips);
  EXPECT_FALSE(row.latency_mean_ms->lo);
  EXPECT_TRUE(row.latency_mean_ms->hi);
  EXPECT_FALSE(row.throughput_ips->hi);
}

TEST(FillStatistics, DamagedRoundsTakeNoPart) {
  const auto good = ten_rounds("iid:1");
  record::Row want;
  fill_statistics(want, good, 1, {});
  for (const auto& damage : std::vector<void (*)(record::Round&)>{
           [](record::Round& r) { r.mean_s = std::nan(""); }, [](record::Round& r) { r.mean_s = -1; },
           [](record::Round& r) { r.half_s = HUGE_VAL; }, [](record::Round& r) { r.samples = -5; },
           [](record::Round& r) { r.warmup_samples = r.samples + 1; },
           [](record::Round& r) { r.warmup_samples = -1; },
           [](record::Round& r) { r.latencies_ns.pop_back(); },
           [](record::Round& r) { r.latencies_ns[3] = -7; },
           [](record::Round& r) { r.throughput_per_s = -1; }}) {
    auto rounds = good;
    rounds.push_back(good[0]);
    rounds.back().index = 10;
    damage(rounds.back());
    record::Row got;
    fill_statistics(got, rounds, 1, {});
    EXPECT_EQ(got.latency_mean_ms, want.latency_mean_ms);
    EXPECT_EQ(got.rounds, 10);
  }
}

TEST(FillStatistics, RoundsWithoutTheirSamplesKeepTheMean) {
  auto rounds = ten_rounds("iid:1");
  for (record::Round& r : rounds) {
    r.latencies_ns.clear();
    r.ends_ns.clear();
  }
  record::Row row;
  fill_statistics(row, rounds, 1, {});
  EXPECT_TRUE(row.latency_mean_ms);
  EXPECT_FALSE(row.latency_p50_ms);
}

}  // namespace
}  // namespace deepgap::measure

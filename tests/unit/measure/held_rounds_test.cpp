#include "deepgap/measure/held_rounds.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "deepgap/measure/rounds.hpp"

namespace deepgap::measure {
namespace {

record::Round round_of(std::int64_t index, std::int64_t samples, std::int64_t ns = 1'000'000) {
  record::Round round;
  round.index = index;
  round.label = "steady";
  round.stopped_by = "precise";
  round.samples = samples;
  round.mean_s = static_cast<double>(ns) * 1e-9;
  round.half_s = round.mean_s / 100;
  for (std::int64_t i = 0; i < samples; ++i) {
    round.latencies_ns.push_back(ns + i % 100);
    round.ends_ns.push_back((i + 1) * ns);
  }
  return round;
}

std::int64_t held(const HeldRounds& rounds) {
  std::int64_t samples = 0;
  for (const record::Round& round : rounds.all())
    samples += static_cast<std::int64_t>(round.latencies_ns.capacity() + round.ends_ns.capacity());
  return samples;
}

TEST(HeldRounds, KeepSamplesUpToTheLimitAndSketchesBeyond) {
  HeldRounds rounds{2'500};
  rounds.add(round_of(0, 1'000));
  rounds.add(round_of(1, 1'000));
  EXPECT_TRUE(rounds.sketches().empty());
  EXPECT_GE(held(rounds), 4'000);
  for (std::int64_t index = 2; index < 9; ++index) {
    rounds.add(round_of(index, 1'000));
    EXPECT_EQ(rounds.sketches().size(), rounds.all().size());
    EXPECT_EQ(held(rounds), 0);
  }
}

TEST(HeldRounds, AreInTheOrderOfTheirIndicesAndReplaceEqualOnes) {
  for (const std::int64_t limit : {1'000'000, 10}) {
    HeldRounds rounds{limit};
    for (const std::int64_t index : {2, 0, 1}) rounds.add(round_of(index, 100));
    rounds.add(round_of(1, 200));
    ASSERT_EQ(rounds.all().size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(rounds.all()[i].index, static_cast<std::int64_t>(i));
    EXPECT_EQ(rounds.all()[1].samples, 200);
    if (limit == 10) {
      EXPECT_EQ(rounds.sketches()[1].samples, 200);
    }
  }
}

TEST(HeldRounds, GiveARowThatSaysHowRightItsPercentilesAre) {
  HeldRounds whole, sketched{1};
  for (std::int64_t index = 0; index < 5; ++index) {
    whole.add(round_of(index, 40'000));
    sketched.add(round_of(index, 40'000));
  }
  record::Row exact, rough;
  fill_statistics(exact, whole.all(), 1, {}, whole.sketches());
  fill_statistics(rough, sketched.all(), 1, {}, sketched.sketches());
  EXPECT_FALSE(exact.percentile_rank_error_pct);
  ASSERT_TRUE(rough.percentile_rank_error_pct);
  EXPECT_NEAR(*rough.percentile_rank_error_pct, 100 * 0.5 / 32'768, 0.003);
  EXPECT_EQ(rough.samples, exact.samples);
  EXPECT_EQ(rough.latency_mean_ms, exact.latency_mean_ms);
  ASSERT_TRUE(rough.latency_p90_ms && exact.latency_p90_ms);
  EXPECT_NEAR(rough.latency_p90_ms->value, exact.latency_p90_ms->value, 1e-5);
}

}  // namespace
}  // namespace deepgap::measure

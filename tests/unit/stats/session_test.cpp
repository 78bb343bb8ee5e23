#include "deepgap/stats/session.hpp"

#include <gtest/gtest.h>

#include "deepgap/stats/sequential.hpp"
#include "deepgap/stats/synth.hpp"

namespace deepgap::stats {
namespace {

Params with_rules() { return quick_plan().merged; }

// Rounds of 1 ms that are known to 0.02 %, 30 s apart.
std::vector<RoundSummary> rounds_of(const std::vector<double>& relative) {
  std::vector<RoundSummary> rounds;
  for (const double x : relative) {
    RoundSummary r{.label = Label::precise, .mean_s = x * 1e-3, .half_s = 2e-7, .rise_s = 0, .samples = 1000};
    r.at_s = 30 * static_cast<double>(rounds.size());
    rounds.push_back(r);
  }
  return rounds;
}

std::vector<double> noise(std::size_t count, double sigma = 0.001) {
  std::vector<double> values = normals(7, count);
  for (double& v : values) v = 1 + sigma * v;
  return values;
}

TEST(SessionTrend, IsFoundWhereEveryRoundIsSlowerThanTheOneBefore) {
  std::vector<double> values = noise(10);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.03 * static_cast<double>(i);
  const auto trend = session_trend(rounds_of(values), with_rules());
  ASSERT_TRUE(trend);
  EXPECT_NEAR(trend->drift_s, 0.27e-3, 0.01e-3);
  EXPECT_GT(trend->bound_s, trend->drift_s);
  EXPECT_EQ(merge_rounds(rounds_of(values), with_rules()).label, Label::not_stationary);
}

TEST(SessionTrend, IsNotMadeOutOfNoise) {
  const auto trend = session_trend(rounds_of(noise(10)), with_rules());
  ASSERT_TRUE(trend);
  EXPECT_EQ(trend->drift_s, 0);
  EXPECT_GT(trend->bound_s, 0);
}

TEST(SessionTrend, NeedsFourRoundsAtDifferentTimes) {
  EXPECT_FALSE(session_trend(rounds_of({1, 1.1, 1.2}), with_rules()));
  std::vector<RoundSummary> at_once = rounds_of(noise(8));
  for (RoundSummary& r : at_once) r.at_s = 5;
  EXPECT_FALSE(session_trend(at_once, with_rules()));
}

TEST(SessionTrend, OfAShortSessionCountsOverTheHorizon) {
  std::vector<double> values(8, 1);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] += 0.001 * static_cast<double>(i) + (i % 2 == 0 ? 0 : 1e-5);
  std::vector<RoundSummary> rounds = rounds_of(values);
  for (RoundSummary& r : rounds) r.at_s /= 30;  // 7 s in all, 0.1 % a second
  EXPECT_NEAR(session_trend(rounds, with_rules())->drift_s, 0.03e-3, 0.001e-3);
}

TEST(SessionTrend, ThatEndsCostsTheRoundsItLasted) {
  std::vector<double> values = noise(20, 0.0005);
  for (std::size_t i = 0; i < 5; ++i) values[i] -= 0.05 - 0.01 * static_cast<double>(i);
  const Merged merged = merge_rounds(rounds_of(values), with_rules());
  EXPECT_FALSE(merged.drifts);
  EXPECT_GE(merged.first, 1U);
  EXPECT_LE(merged.first, 10U) << "never more than half";
  EXPECT_NEAR(*merged.mean_s, 1e-3, *merged.half_s);
}

TEST(SessionTrend, IsNotDroppedFromASessionShorterThanTheHorizon) {
  std::vector<double> values = noise(10, 0.0005);
  for (std::size_t i = 0; i < 5; ++i) values[i] -= 0.05 - 0.01 * static_cast<double>(i);
  std::vector<RoundSummary> rounds = rounds_of(values);
  for (RoundSummary& r : rounds) r.at_s /= 100;
  const Merged merged = merge_rounds(rounds, with_rules());
  EXPECT_EQ(merged.first, 0U);
  EXPECT_EQ(merged.label, Label::not_stationary);
}

TEST(CommonRise, IsFoundWhereAllRoundsRiseAlike) {
  std::vector<RoundSummary> rounds = rounds_of(noise(10));
  const std::vector<double> rises = noise(10, 0.1);
  for (std::size_t i = 0; i < rounds.size(); ++i) rounds[i].rise_s = -0.05e-3 * rises[i];
  const auto rise = common_rise(rounds, with_rules());
  ASSERT_TRUE(rise);
  EXPECT_NEAR(*rise, 0.05e-3, 0.01e-3);
  const Merged merged = merge_rounds(rounds, with_rules());
  EXPECT_EQ(merged.label, Label::not_stationary) << "warm-up longer than a round";
  EXPECT_GT(*merged.half_s, *rise);
}

TEST(CommonRise, IsNotMadeOutOfRoundsThatDisagree) {
  std::vector<RoundSummary> rounds = rounds_of(noise(10));
  const std::vector<double> rises = normals(3, 10);
  for (std::size_t i = 0; i < rounds.size(); ++i) rounds[i].rise_s = 0.05e-3 * rises[i];
  EXPECT_FALSE(common_rise(rounds, with_rules()));
}

TEST(ProcessSpread, MakesTheProcessTheUnitWhenProcessesDiffer) {
  std::vector<RoundSummary> rounds = rounds_of(noise(9));
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    rounds[i].process = static_cast<std::int64_t>(i / 3);
    if (rounds[i].process == 1) rounds[i].mean_s *= 1.03;
  }
  const auto spread = process_spread(rounds, with_rules());
  ASSERT_TRUE(spread);
  EXPECT_NEAR(spread->range_s, 0.03e-3, 0.003e-3);
  const Merged merged = merge_rounds(rounds, with_rules());
  EXPECT_EQ(merged.process_range_s, spread->range_s);
  EXPECT_GT(*merged.half_s, 0.03e-3) << "three processes of which one differs say little";
}

TEST(ProcessSpread, IsAbsentWhenRoundsDifferAsMuch) {
  std::vector<RoundSummary> rounds = rounds_of(noise(9, 0.02));
  for (std::size_t i = 0; i < rounds.size(); ++i) rounds[i].process = static_cast<std::int64_t>(i / 3);
  EXPECT_FALSE(process_spread(rounds, with_rules()));
}

TEST(ProcessSpread, CannotBeToldWithOneRoundAProcessOrOneProcess) {
  std::vector<RoundSummary> rounds = rounds_of({1, 1.03, 1, 1, 1.03});
  EXPECT_FALSE(process_spread(rounds, with_rules()));
  for (std::size_t i = 0; i < rounds.size(); ++i) rounds[i].process = static_cast<std::int64_t>(i);
  EXPECT_FALSE(process_spread(rounds, with_rules()));
}

TEST(FewSamples, AreALabelOfTheirOwn) {
  std::vector<RoundSummary> rounds = rounds_of(noise(10, 0.0001));
  EXPECT_EQ(merge_rounds(rounds, with_rules()).label, Label::precise);
  for (RoundSummary& r : rounds) r.samples = 200;
  EXPECT_EQ(merge_rounds(rounds, with_rules()).label, Label::few_samples);
  EXPECT_EQ(merge_rounds(rounds).label, Label::precise) << "not a rule of the plain merger";
}

std::vector<RoundSummary> slow_rounds(const std::vector<double>& relative, std::int64_t calls) {
  std::vector<RoundSummary> rounds = rounds_of(relative);
  for (RoundSummary& r : rounds) {
    r.label = Label::too_few;
    r.half_s.reset();
    r.samples = calls;
  }
  return rounds;
}

TEST(SlowCalls, AreMergedByTheSpreadOfTheirRounds) {
  const Merged merged = merge_rounds(slow_rounds(noise(10), 3), with_rules());
  EXPECT_EQ(merged.rounds, 10);
  ASSERT_TRUE(merged.half_s);
  EXPECT_NEAR(*merged.mean_s, 1e-3, *merged.half_s);
  EXPECT_EQ(merged.label, Label::few_samples);
}

TEST(SlowCalls, NeedTwoCallsARoundAndThreeRounds) {
  EXPECT_FALSE(merge_rounds(slow_rounds(noise(10), 1), with_rules()).half_s);
  const Merged two = merge_rounds(slow_rounds(noise(2), 3), with_rules());
  EXPECT_TRUE(two.mean_s);
  EXPECT_FALSE(two.half_s);
  EXPECT_EQ(two.label, Label::too_few);
}

TEST(SlowCalls, GoOnPastTheCapUntilThereAreThree) {
  const std::vector<double> calls(5, 1.5);
  const Params round = quick_plan().round;  // cap 0.5 s
  const auto three = measure_round(calls, ends_of(calls), round);
  ASSERT_TRUE(three);
  EXPECT_EQ(three->look.n, 3);
  EXPECT_EQ(three->stopped_by, StoppedBy::time_cap);
}

TEST(SlowCalls, ThatTakeTenCapsEachEndTheRoundAtOnce) {
  const std::vector<double> calls(5, 6);
  const auto one = measure_round(calls, ends_of(calls), quick_plan().round);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->look.n, 1);
  EXPECT_EQ(one->look.mean_s, 6);
  EXPECT_FALSE(one->look.half_s);
}

}  // namespace
}  // namespace deepgap::stats

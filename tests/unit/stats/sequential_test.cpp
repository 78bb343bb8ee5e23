#include "deepgap/stats/sequential.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "deepgap/stats/synth.hpp"

namespace deepgap::stats {
namespace {

std::vector<double> series(std::string_view kind, std::size_t n, double base_s = 1e-3) {
  return synthesise(kind, {base_s, n, 1, 0})->latencies_s;
}

RoundResult replay(const std::vector<double>& x, const Params& params = {},
                   std::optional<std::int64_t> planned = std::nullopt) {
  auto round = measure_round(x, ends_of(x), params, planned);
  EXPECT_TRUE(round);
  return round ? *round : RoundResult{};
}

Look wide_look(std::int64_t n) {
  Look l;
  l.n = l.n_tail = n;
  return l;
}

Look precise_look(std::int64_t n) {
  Look l;
  l.n = l.n_tail = n;
  l.mean_s = 1;
  l.half_s = 0.001;
  l.drift_s = 0;
  l.excluded = true;
  return l;
}

TEST(SequentialRule, LooksFirstWhenBothSamplesAndTimeAreThere) {
  const SequentialRule rule{Params{}};
  EXPECT_FALSE(rule.look_due(511, 1.5));
  EXPECT_FALSE(rule.look_due(5000, 0.999));
  EXPECT_TRUE(rule.look_due(512, 1.0));
  EXPECT_TRUE(rule.look_due(10, 30.0)) << "slow calls are looked at after the horizon";
  EXPECT_TRUE(rule.look_due(1, 60.0)) << "and at the cap";
}

TEST(SequentialRule, LooksAgainWhenTheSamplesHaveGrown) {
  SequentialRule rule{Params{}};
  EXPECT_FALSE(rule.judge(wide_look(512), 1.1));
  EXPECT_EQ(rule.next_look(), 666);
  EXPECT_FALSE(rule.look_due(665, 59));
  EXPECT_TRUE(rule.look_due(666, 1.2));
}

TEST(SequentialRule, ANarrowIntervalMustBeSeenTwiceInARow) {
  SequentialRule rule{Params{}};
  EXPECT_FALSE(rule.judge(precise_look(512), 1));
  Look wide = precise_look(666);
  wide.half_s = 0.5;
  EXPECT_FALSE(rule.judge(wide, 1.3));
  EXPECT_FALSE(rule.judge(precise_look(866), 2));
  EXPECT_EQ(rule.judge(precise_look(1126), 3), StoppedBy::precise);
  EXPECT_EQ(rule.looks(), 4);
}

TEST(SequentialRule, AloneARoundGoesOnUntilDriftIsExcludedOrTheHorizonIsCovered) {
  Look l = precise_look(900);
  l.excluded = false;
  SequentialRule rule{Params{}};
  EXPECT_FALSE(rule.judge(l, 1));
  EXPECT_FALSE(rule.judge(l, 2));
  l.span_s = 30;
  EXPECT_EQ(rule.judge(l, 31), StoppedBy::precise);

  l.span_s = 1;
  SequentialRule among_rounds{round_params(10)};
  EXPECT_FALSE(among_rounds.judge(l, 1));
  EXPECT_EQ(among_rounds.judge(l, 2), StoppedBy::precise);
}

TEST(SequentialRule, GrowthNeverStandsStillAndNeverOverflows) {
  Params slow;
  slow.growth = 1.0000001;
  SequentialRule rule{slow};
  EXPECT_FALSE(rule.judge(wide_look(10), 1));
  EXPECT_EQ(rule.next_look(), 11);
  Params steep;
  steep.growth = 99;
  SequentialRule far{steep};
  EXPECT_FALSE(far.judge(wide_look(std::int64_t{1} << 39), 1));
  EXPECT_GT(far.next_look(), std::int64_t{1} << 39);
}

TEST(MeasureRound, APlannedRoundLooksOnceAtItsSampleCount) {
  const RoundResult r = replay(series("iid:1", 3000), round_params(10), 700);
  EXPECT_EQ(r.look.n, 700);
  EXPECT_EQ(r.looks, 1);
  EXPECT_EQ(r.stopped_by, StoppedBy::planned_samples);
  EXPECT_NE(r.look.label, Label::time_capped);
}

TEST(MeasureRound, TheCapHoldsForPlannedRoundsToo) {
  Params p = round_params(10);
  p.t_cap_s = 0.5;
  const RoundResult r = replay(series("const", 3000, 0.0078125), p, 2000);
  EXPECT_EQ(r.look.n, 64);
  EXPECT_EQ(r.stopped_by, StoppedBy::time_cap);
}

TEST(MeasureRound, TheCapEndsAnImpreciseRound) {
  Params p;
  p.t_cap_s = 2;
  const RoundResult r = replay(series("logn", 9000), p);
  EXPECT_GE(r.seconds, 2);
  EXPECT_LT(r.seconds, 2.1);
  EXPECT_EQ(r.look.label, Label::time_capped);
  EXPECT_EQ(r.stopped_by, StoppedBy::time_cap);
}

TEST(MeasureRound, OneCallLongerThanTheCapIsTooFew) {
  const RoundResult r = replay(series("const", 5, 100.0));
  EXPECT_EQ(r.look.n, 1);
  EXPECT_EQ(r.look.label, Label::too_few);
  EXPECT_EQ(r.looks, 1);
}

TEST(MeasureRound, NothingRecordedIsTooFew) {
  const RoundResult r = replay({});
  EXPECT_EQ(r.look.n, 0);
  EXPECT_EQ(r.look.label, Label::too_few);
  EXPECT_FALSE(r.look.mean_s);
}

TEST(MeasureRound, StopsOnAPercentileWhenAsked) {
  Params p;
  p.stop_on = Percentile::p90;
  p.exclude_drift = false;
  const RoundResult r = replay(series("iid:5", 40'000), p);
  ASSERT_TRUE(r.look.quantiles[1]);
  const Quantile& q = *r.look.quantiles[1];
  EXPECT_EQ(r.stopped_by, StoppedBy::precise);
  EXPECT_LE((q.hi - q.lo) / 2 / q.value, p.target);
}

TEST(MeasureRound, DifferentLengthsAndBadSamplesAreRefused) {
  EXPECT_FALSE(measure_round(std::vector<double>(3, 1.0), std::vector<double>(2, 1.0)));
  EXPECT_FALSE(measure_round(std::vector<double>{1.0, std::nan("")}, std::vector<double>{1.0, 2.0}));
}

TEST(Plans, HoldTheProfilesOfTheProcedure) {
  const RoundPlan quick = quick_plan();
  EXPECT_EQ(quick.rounds, 5);
  EXPECT_EQ(quick.round.n_min, 16);
  EXPECT_EQ(quick.round.t_cap_s, 0.5);
  const RoundPlan standard = standard_plan();
  EXPECT_EQ(standard.rounds, 10);
  EXPECT_EQ(standard.round.n_min, 300) << "ten rounds see a stall in a thousand calls";
  EXPECT_EQ(standard.second_rounds, 10);
  EXPECT_EQ(standard.merged.level_seq, 0.985) << "two stages share the error";
  const RoundPlan strict = strict_plan();
  EXPECT_EQ(strict.round.n_min, 300);
  EXPECT_EQ(strict.round.t_cap_s, 12);
  EXPECT_DOUBLE_EQ(strict.round.target, 0.01 * std::sqrt(10) / 2);
  for (const RoundPlan& plan : {quick, standard, strict}) {
    EXPECT_TRUE(check(plan.round));
    EXPECT_TRUE(check(plan.merged));
    EXPECT_FALSE(plan.round.exclude_drift);
    EXPECT_EQ(plan.round.trend_level, 0.9995);
  }
}

TEST(Plans, KeepWhatTheUserSet) {
  Params base;
  base.target = 0.05;
  base.stop_on = Percentile::p99;
  const RoundPlan plan = standard_plan(base);
  EXPECT_EQ(plan.merged.target, 0.05);
  EXPECT_EQ(plan.round.stop_on, Percentile::p99);
}

}  // namespace
}  // namespace deepgap::stats

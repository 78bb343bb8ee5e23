#include "deepgap/stats/series.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "deepgap/stats/synth.hpp"

namespace deepgap::stats {
namespace {

using Doubles = std::vector<double>;

Doubles series(std::string_view kind, std::size_t n, std::uint64_t seed = 1, double base_s = 1e-3) {
  return synthesise(kind, {base_s, n, seed, 0})->latencies_s;
}

Look look_at(const Doubles& x, const Params& params = {}) {
  auto look = analyse(x, ends_of(x), params);
  EXPECT_TRUE(look);
  return look ? *look : Look{};
}

bool finite(const std::optional<double>& value) { return !value || std::isfinite(*value); }

void expect_finite(const Look& l) {
  for (const auto& v : {l.mean_s, l.half_s, l.drift_s, l.drift_bound_s, l.df, l.se_s, l.sd_s})
    EXPECT_TRUE(finite(v));
  EXPECT_TRUE(std::isfinite(l.span_s));
  for (const auto& q : l.quantiles) {
    if (!q) continue;
    EXPECT_TRUE(std::isfinite(q->value));
    EXPECT_LE(q->lo, q->value);
    EXPECT_LE(q->value, q->hi);
    EXPECT_GT(q->n_eff, 0);
  }
}

void expect_refused(const Doubles& x, const Doubles& ends) {
  const auto look = analyse(x, ends);
  ASSERT_FALSE(look);
  EXPECT_EQ(look.error().code(), Errc::invalid_input);
}

TEST(Look, EveryLengthFromNothingOnIsFiniteAndConsistent) {
  for (std::size_t n = 0; n <= 400; ++n) {
    SCOPED_TRACE(n);
    const Look l = look_at(series("logn", n, n + 1));
    expect_finite(l);
    EXPECT_EQ(l.n, static_cast<std::int64_t>(n));
    EXPECT_EQ(l.cut + l.n_tail, l.n);
    EXPECT_EQ(l.half_s.has_value(), n >= 16);
    EXPECT_EQ(l.label == Label::too_few, n < 16);
    EXPECT_EQ(l.mean_s.has_value(), n > 0);
  }
}

TEST(Look, ScaleDoesNotMatter) {
  // A power of two changes no digit; the horizon and the caps scale along.
  Params large;
  large.horizon_s *= 1024;
  large.extrapolate_s *= 1024;
  for (const char* kind : {"iid:5", "ar:90", "warm", "stalls"}) {
    const Doubles x = series(kind, 3000);
    Doubles y = x;
    for (double& v : y) v *= 1024;
    const Look a = look_at(x);
    const Look b = look_at(y, large);
    EXPECT_EQ(a.label, b.label) << kind;
    EXPECT_EQ(a.cut, b.cut) << kind;
    EXPECT_EQ(*a.mean_s * 1024, *b.mean_s) << kind;
    EXPECT_EQ(*a.half_s * 1024, *b.half_s) << kind;
    EXPECT_EQ(*a.drift_bound_s * 1024, *b.drift_bound_s) << kind;
    for (std::size_t i = 0; i < kPercentiles; ++i) {
      ASSERT_EQ(a.quantiles[i].has_value(), b.quantiles[i].has_value()) << kind;
      if (!a.quantiles[i]) continue;
      EXPECT_EQ(a.quantiles[i]->lo * 1024, b.quantiles[i]->lo) << kind;
      EXPECT_EQ(a.quantiles[i]->n_eff, b.quantiles[i]->n_eff) << kind;
    }
  }
}

TEST(Look, LaterStartOfTheClockDoesNotMatter) {
  const Doubles x = series("drift:1", 3000, 1, 0.02);
  Doubles late = ends_of(x);
  for (double& t : late) t += 4096;
  const auto a = look_at(x);
  const auto b = analyse(x, late);
  ASSERT_TRUE(b);
  EXPECT_EQ(a.label, b->label);
  EXPECT_NEAR(*a.drift_s, *b->drift_s, 1e-9 * *a.drift_s);
}

TEST(Look, OrderMattersForTheMeanOfACorrelatedSeriesAndNotForItsMedian) {
  const Doubles x = series("ar:97", 4096);
  Doubles shuffled(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) shuffled[i] = x[i * 1597 % x.size()];
  const Look a = look_at(x);
  const Look b = look_at(shuffled);
  ASSERT_EQ(a.cut, 0);
  ASSERT_EQ(b.cut, 0);
  EXPECT_GT(*a.half_s, 2 * *b.half_s);
  EXPECT_EQ(a.quantiles[0]->value, b.quantiles[0]->value);
  EXPECT_LT(a.quantiles[0]->n_eff, b.quantiles[0]->n_eff / 2);
}

TEST(Look, OrderInsideABatchDoesNotMatterForTheMean) {
  Doubles x = series("iid:5", 128 * 8);
  const Look a = look_at(x);
  for (std::size_t b = 0; b < x.size(); b += 8)
    std::reverse(x.begin() + static_cast<long>(b), x.begin() + static_cast<long>(b) + 8);
  const Look b = look_at(x);
  ASSERT_EQ(a.cut, b.cut);
  EXPECT_NEAR(*a.mean_s, *b.mean_s, 1e-15);
  EXPECT_NEAR(*a.half_s, *b.half_s, 1e-12);
}

TEST(Look, AConstantSeriesHasTheFloorForItsInterval) {
  const Doubles x(1000, 0.125);
  const Look l = look_at(x);
  EXPECT_EQ(l.cut, 0 + 1000 % 7);
  EXPECT_EQ(*l.mean_s, 0.125);
  EXPECT_DOUBLE_EQ(*l.half_s, 0.125 * 0.2 * 0.01);
  EXPECT_FALSE(l.detected);
  EXPECT_EQ(l.events, 0);
  ASSERT_TRUE(l.quantiles[3]);
  EXPECT_EQ(l.quantiles[3]->lo, 0.125);
  EXPECT_EQ(l.quantiles[3]->hi, 0.125);
  EXPECT_EQ(l.label, Label::steady);
}

TEST(Look, ATimerCoarserThanTheSpreadAddsHalfAStep) {
  const Doubles x(512, 0.125);
  Params coarse;
  coarse.resolution_s = 0.01;
  EXPECT_DOUBLE_EQ(*look_at(x, coarse).half_s, *look_at(x).half_s + 0.005);
}

TEST(Look, TiesGiveIntervalsWithEqualEnds) {
  Doubles x(2000, 0.001);
  for (std::size_t i = 0; i < x.size(); i += 40) x[i] = 0.002;
  const Look l = look_at(x);
  ASSERT_TRUE(l.quantiles[0]);
  EXPECT_EQ(l.quantiles[0]->lo, 0.001);
  EXPECT_EQ(l.quantiles[0]->hi, 0.001);
  expect_finite(l);
}

TEST(Look, EqualEndTimesHaveNoTrend) {
  const Doubles x = series("linear", 1000, 1, 0.05);
  const auto l = analyse(x, Doubles(x.size(), 3.7));
  ASSERT_TRUE(l);
  EXPECT_FALSE(l->detected);
  EXPECT_EQ(*l->drift_s, 0);
  EXPECT_EQ(l->span_s, 0);
  expect_finite(*l);
}

TEST(Look, SlowFirstCallsAreCutWhereMediansWouldHideThem) {
  Doubles x = series("iid:1", 12'800);
  x[0] *= 100;
  EXPECT_EQ(look_at(x).cut, 100);  // one batch
}

TEST(Look, WarmUpIsCutAndStationarySeriesAreNot) {
  EXPECT_GE(look_at(series("step", 3000)).cut, 300);
  EXPECT_LE(look_at(series("iid:5", 3000)).cut, 23);  // less than a batch, which the batches leave over
}

TEST(Look, APercentileTakesMoreSamplesThanItsNeighbourhoodHolds) {
  const Look l = look_at(series("iid:5", 300));
  EXPECT_TRUE(l.quantiles[0]);
  EXPECT_FALSE(l.quantiles[3]) << "p99 of 300";
  EXPECT_FALSE(l.quantiles[4]) << "p99.9 of 300";
}

TEST(Look, FewStallsThatCarryTheMeanAreRareEvents) {
  Doubles x = series("iid:1", 2000);
  for (const std::size_t at : {700U, 1100U, 1900U}) x[at] *= 20;
  const Look l = look_at(x);
  EXPECT_EQ(l.events, 3);
  EXPECT_TRUE(l.rare);
  EXPECT_EQ(l.label, Label::rare_events);
}

TEST(Look, BadSamplesAreRefusedAtTheDoor) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, infinity, -infinity, 0.0, -1e-3, 1e300, 5e-324})
    for (const std::size_t where : {0U, 50U, 99U}) {
      Doubles x(100, 1e-3);
      const Doubles ends = ends_of(x);
      x[where] = bad;
      expect_refused(x, ends);
    }
  expect_refused({nan}, {1.0});
}

TEST(Look, BadEndTimesAreRefused) {
  const Doubles x(20, 1e-3);
  expect_refused(x, Doubles(19, 1.0));
  Doubles ends = ends_of(x);
  std::swap(ends[3], ends[9]);
  expect_refused(x, ends);
  ends = ends_of(x);
  ends[5] = std::numeric_limits<double>::quiet_NaN();
  expect_refused(x, ends);
  ends = ends_of(x);
  ends.back() = std::numeric_limits<double>::infinity();
  expect_refused(x, ends);
}

TEST(Look, ParametersOutOfRangeAreRefused) {
  const Doubles x(20, 1e-3);
  for (const auto& spoil : std::vector<void (*)(Params&)>{
           [](Params& p) { p.target = 0; }, [](Params& p) { p.target = std::nan(""); },
           [](Params& p) { p.level_seq = 1; }, [](Params& p) { p.growth = 1; },
           [](Params& p) { p.base_batches = 4; }, [](Params& p) { p.t_cap_s = 0; },
           [](Params& p) { p.n_min = 0; }, [](Params& p) { p.cut_factor = 0; },
           [](Params& p) { p.resolution_s = -1; }, [](Params& p) { p.margin = -1; }}) {
    Params p;
    spoil(p);
    EXPECT_FALSE(analyse(x, ends_of(x), p));
  }
}

TEST(Look, ExtremeButAllowedSamplesStayFinite) {
  Doubles x;
  for (int i = 0; i < 500; ++i) x.push_back(i % 2 == 0 ? 1e-15 : 1e9);
  expect_finite(look_at(x));
  expect_finite(look_at(Doubles(500, 1e-15)));
  expect_finite(look_at(Doubles(500, 1e9)));
}

TEST(Look, TheStoppingDepthStatesOnlyWhatTheRuleNeeds) {
  const Doubles x = series("iid:5", 4000);
  Params p99;
  p99.stop_on = Percentile::p99;
  const auto l = analyse(x, ends_of(x), p99, Depth::stopping);
  ASSERT_TRUE(l);
  EXPECT_TRUE(l->quantiles[3]);
  EXPECT_FALSE(l->quantiles[0]);
  EXPECT_EQ(l->quantiles[3], look_at(x, p99).quantiles[3]);
}

TEST(Look, AnAnalyserGivesTheSameWhateverItSawBefore) {
  const Doubles big = series("stalls", 9000);
  const Doubles small = series("ar:90", 333);
  Analyser analyser{Params{}};
  const auto first = analyser.look(small, ends_of(small), Depth::full);
  ASSERT_TRUE(analyser.look(big, ends_of(big), Depth::full));
  const auto again = analyser.look(small, ends_of(small), Depth::full);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->half_s, again->half_s);
  EXPECT_EQ(first->quantiles, again->quantiles);
}

TEST(Synthetic, UnknownKindsAreRefused) {
  for (const char* kind : {"", "gauss", "iid:x", "iid:5x"}) EXPECT_FALSE(synthesise(kind, {})) << kind;
}

TEST(Labels, HaveNamesThatCanBeReadBack) {
  for (const Label label : kAllLabels) EXPECT_EQ(label_from(name(label)), label);
  EXPECT_FALSE(label_from("good"));
  for (const Percentile p : kAllPercentiles) EXPECT_EQ(percentile_from(name(p)), p);
  EXPECT_FALSE(percentile_from("mean"));
}

}  // namespace
}  // namespace deepgap::stats

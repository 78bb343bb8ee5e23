#include "deepgap/stats/rounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "deepgap/stats/compare.hpp"
#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/merged_quantile.hpp"
#include "deepgap/stats/synth.hpp"

namespace deepgap::stats {
namespace {

RoundSummary round_of(double mean_s, double relative_half = 0.002, Label label = Label::precise) {
  return {label, mean_s, mean_s * relative_half, 0, false, 0};
}

std::vector<RoundSummary> rounds_of(const std::vector<double>& means) {
  std::vector<RoundSummary> rounds;
  for (const double m : means) rounds.push_back(round_of(m));
  return rounds;
}

TEST(Merge, NoRoundsIsTooFew) {
  const Merged m = merge_rounds({});
  EXPECT_EQ(m.label, Label::too_few);
  EXPECT_EQ(m.rounds, 0);
  EXPECT_FALSE(m.mean_s);
  EXPECT_FALSE(m.mode_limit);
}

TEST(Merge, RoundsWithoutIntervalTakeNoPart) {
  auto rounds = rounds_of({1, 1.001, 0.999});
  rounds[1].half_s.reset();
  rounds[1].mean_s = 50;
  const Merged m = merge_rounds(rounds);
  EXPECT_EQ(m.rounds, 2);
  EXPECT_NEAR(*m.mean_s, 0.9995, 1e-12);
}

TEST(Merge, OneRoundIsSaidToBeOne) {
  const Merged m = merge_rounds(rounds_of({1}));
  EXPECT_EQ(m.label, Label::single_round);
  EXPECT_FALSE(m.between_s);
  EXPECT_NEAR(*m.mode_limit, 0.95, 1e-12);
}

TEST(Merge, TwoRoundsUseTheWideCriticalValue) {
  const Merged m = merge_rounds(rounds_of({1, 1.02}));
  EXPECT_NEAR(*m.half_s, 21.2049487897 * 0.0141421356 / std::sqrt(2.0), 1e-6);
}

TEST(Merge, OrderOfRoundsDoesNotMatterAmongSteadyOnes) {
  auto rounds = rounds_of({1, 1.01, 0.99, 1.02, 1.005, 1, 1, 1.01});
  const Merged a = merge_rounds(rounds);
  std::reverse(rounds.begin(), rounds.end());
  const Merged b = merge_rounds(rounds);
  EXPECT_NEAR(*a.mean_s, *b.mean_s, 1e-15);
  EXPECT_NEAR(*a.half_s, *b.half_s, 1e-15);
}

TEST(Merge, IsNeverNarrowerThanItsRoundsSayNorThanTheFloor) {
  std::vector<RoundSummary> rounds(9, round_of(1, 0.03));
  EXPECT_NEAR(*merge_rounds(rounds).half_s, 0.03 / 3, 1e-12);
  rounds.assign(9, round_of(1, 0));
  EXPECT_NEAR(*merge_rounds(rounds).half_s, 0.002, 1e-12);
}

TEST(Merge, LeadingUnsteadyRoundsAreLeftOutAsLongAsThreeRemain) {
  auto rounds = rounds_of({2, 1.5, 1, 1, 1});
  rounds[0].label = rounds[1].label = Label::not_stationary;
  const Merged m = merge_rounds(rounds);
  EXPECT_EQ(m.rounds, 3);
  EXPECT_EQ(m.first, 2U);
  EXPECT_NEAR(*m.mean_s, 1, 1e-12);
  rounds.resize(3);
  EXPECT_EQ(merge_rounds(rounds).rounds, 3);
}

TEST(Merge, LabelsSayTheFirstThingThatIsWrong) {
  auto rounds = rounds_of(std::vector<double>(10, 1));
  EXPECT_EQ(merge_rounds(rounds).label, Label::precise);
  for (const std::size_t i : {4U, 6U, 8U}) rounds[i].label = Label::not_stationary;
  EXPECT_EQ(merge_rounds(rounds).label, Label::not_stationary);
  rounds = rounds_of(std::vector<double>(10, 1));
  rounds[3].rare = true;
  rounds[3].events = 4;
  EXPECT_EQ(merge_rounds(rounds).label, Label::rare_events);
  rounds[5].events = 6;
  EXPECT_EQ(merge_rounds(rounds).label, Label::precise) << "ten events in all are no longer rare";
  EXPECT_EQ(merge_rounds(rounds_of(std::vector<double>(7, 1))).label, Label::few_rounds);
  EXPECT_EQ(merge_rounds(rounds_of({1, 1.1, 0.9, 1, 1.1, 0.9, 1, 1.1})).label, Label::imprecise);
}

TEST(MergedPercentiles, SpreadOfRoundsLimitsWhatTheyAreWorth) {
  std::vector<std::vector<double>> alike;
  std::vector<std::vector<double>> apart;
  for (std::uint64_t r = 0; r < 6; ++r) {
    alike.push_back(synthesise("iid:5", {1e-3, 1000, r, 0})->latencies_s);
    apart.push_back(synthesise("iid:5", {1e-3 * (r % 2 == 0 ? 1 : 1.1), 1000, r, 0})->latencies_s);
  }
  const auto median = [](const std::vector<std::vector<double>>& rounds) {
    const std::vector<std::span<const double>> spans(rounds.begin(), rounds.end());
    return merge_quantiles(spans, std::array{Percentile::p50}).given[0];
  };
  ASSERT_TRUE(median(alike));
  EXPECT_GT(median(alike)->n_eff, 500);
  const auto wide = median(apart);
  EXPECT_TRUE(!wide || wide->n_eff < 20);
}

TEST(MergedPercentiles, ShortTailsAndNothingAtAllAreAbsent) {
  const std::vector<double> few(15, 1e-3);
  const std::vector<std::span<const double>> spans = {few, few, {}};
  for (const auto& q : merge_quantiles(spans, kAllPercentiles).given) EXPECT_FALSE(q);
  for (const auto& q : merge_quantiles({}, kAllPercentiles).given) EXPECT_FALSE(q);
}

TEST(Compare, ACaseWithItselfIsTheSame) {
  const auto a = rounds_of({1, 1.001, 0.999, 1, 1.002});
  const Comparison c = compare(a, a);
  EXPECT_EQ(c.verdict, Verdict::same);
  EXPECT_EQ(*c.ratio, 1);
  EXPECT_NEAR(*c.p, 1, 1e-12);
}

TEST(Compare, ExchangingTheSidesInvertsTheRatioAndTheVerdict) {
  const auto a = rounds_of({1, 1.01, 0.99, 1, 1.02});
  const auto b = rounds_of({1.1, 1.12, 1.09, 1.1, 1.12});
  const Comparison ab = compare(a, b);
  const Comparison ba = compare(b, a);
  EXPECT_EQ(ab.verdict, Verdict::slower);
  EXPECT_EQ(ba.verdict, Verdict::faster);
  EXPECT_NEAR(*ab.ratio * *ba.ratio, 1, 1e-12);
  EXPECT_NEAR(*ab.lo * *ba.hi, 1, 1e-12);
  EXPECT_NEAR(*ab.p, *ba.p, 1e-12);
}

TEST(Compare, PairingRemovesWhatBothSidesOfARoundShare) {
  const auto a = rounds_of({1, 1.3, 0.8, 1.1, 0.9});
  std::vector<double> slower;
  for (const RoundSummary& r : a) slower.push_back(r.mean_s * 1.05);
  const auto b = rounds_of(slower);
  EXPECT_EQ(compare(a, b).verdict, Verdict::slower);
  EXPECT_EQ(compare_unpaired(a, b).verdict, Verdict::cannot_tell);
}

TEST(Compare, FewerThanTwoCommonRoundsCannotTell) {
  auto a = rounds_of({1, 1});
  a[1].half_s.reset();
  const Comparison c = compare(a, rounds_of({2, 2}));
  EXPECT_EQ(c.verdict, Verdict::cannot_tell);
  EXPECT_EQ(c.rounds, 1);
  EXPECT_FALSE(c.ratio);
  EXPECT_FALSE(c.p);
}

TEST(Compare, IdenticalRoundsWithoutAnySpreadDoNotDivideByZero) {
  const std::vector<RoundSummary> a(3, round_of(1, 0));
  const std::vector<RoundSummary> b(3, round_of(2, 0));
  const Comparison c = compare(a, b);
  EXPECT_EQ(c.verdict, Verdict::slower);
  EXPECT_TRUE(std::isfinite(*c.lo) && std::isfinite(*c.hi) && std::isfinite(*c.p));
  const Comparison u = compare_unpaired(a, b);
  EXPECT_EQ(u.verdict, Verdict::slower);
  EXPECT_TRUE(std::isfinite(*u.lo) && std::isfinite(*u.p));
}

TEST(CompareUnpaired, IsWelchsTest) {
  // Logarithms 0, 1, 2 against 1, 3, 5, 7: t = 3 / sqrt(1/3 + 5/3), df = 4 / (1/18 + 25/27).
  std::vector<RoundSummary> a;
  std::vector<RoundSummary> b;
  for (const double v : {0.0, 1.0, 2.0}) a.push_back(round_of(std::exp(v), 1e-9));
  for (const double v : {1.0, 3.0, 5.0, 7.0}) b.push_back(round_of(std::exp(v), 1e-9));
  const Comparison c = compare_unpaired(a, b);
  EXPECT_NEAR(*c.ratio, std::exp(3.0), 1e-9);
  EXPECT_NEAR(*c.p, t_two_sided_p(3 / std::sqrt(2.0), 4 / (1.0 / 18 + 25.0 / 27)), 1e-9);
}

TEST(Holm, IsNeverBelowTheRawValueAndKeepsOrder) {
  const std::vector<double> p = {0.2, 0.001, 0.04, 0.04, 1};
  const auto adjusted = holm(p);
  EXPECT_NEAR(adjusted[1], 0.005, 1e-15);
  EXPECT_NEAR(adjusted[2], 0.16, 1e-15);
  EXPECT_EQ(adjusted[2], adjusted[3]);
  EXPECT_EQ(adjusted[4], 1);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_GE(adjusted[i], p[i]);
  EXPECT_TRUE(holm({}).empty());
}

TEST(AbsentPercentiles, SayHowManySamplesLikeTheseTheyWouldNeed) {
  EXPECT_EQ(least_independent(0.5, 0.95), 6);
  EXPECT_EQ(least_independent(0.9, 0.95), 36);
  EXPECT_EQ(least_independent(0.95, 0.95), 72);
  EXPECT_EQ(least_independent(0.99, 0.95), 368);
  EXPECT_EQ(least_independent(0.999, 0.95), 3688);

  std::vector<std::vector<double>> tails;
  for (std::uint64_t r = 0; r < 10; ++r)
    tails.push_back(synthesise("iid:5", {.n = 60, .seed = r + 1})->latencies_s);
  const std::vector<std::span<const double>> spans(tails.begin(), tails.end());
  const MergedQuantiles merged = merge_quantiles(spans, kAllPercentiles, standard_plan().merged);
  EXPECT_TRUE(merged.given[0]);
  EXPECT_FALSE(merged.needed[0]) << "p50 is there";
  ASSERT_FALSE(merged.given[4]);
  ASSERT_TRUE(merged.needed[4]);
  EXPECT_GT(*merged.needed[4], 3688);
  EXPECT_LT(*merged.needed[4], 40'000);
}

TEST(TailPercentiles, AreWorthNoMoreSamplesThanTheMeansOfTheRoundsAllow) {
  std::vector<std::vector<double>> tails;
  for (std::uint64_t r = 0; r < 10; ++r) {
    tails.push_back(synthesise("iid:1", {.n = 2000, .seed = r + 1})->latencies_s);
    if (r % 3 == 0)
      for (double& x : tails.back()) x *= 1.03;
  }
  const std::vector<std::span<const double>> spans(tails.begin(), tails.end());
  const auto p99 = static_cast<std::size_t>(Percentile::p99);
  EXPECT_TRUE(merge_quantiles(spans, kAllPercentiles).given[p99]);
  EXPECT_FALSE(merge_quantiles(spans, kAllPercentiles, strict_plan().merged).given[p99])
      << "ten rounds are ten samples of what rounds differ in";
}

}  // namespace
}  // namespace deepgap::stats

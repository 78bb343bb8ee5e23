#include "deepgap/stats/self_comparison.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "deepgap/stats/synth.hpp"

namespace deepgap::stats {
namespace {

constexpr double kNoise = 0.01;

// `count` comparisons of `rounds` rounds a side, each mean with the noise of a real one; side b takes `ratio`
// as long.
std::vector<ComparedRounds> noisy(std::size_t count, std::size_t rounds, double ratio = 1,
                                  double noise = kNoise) {
  const std::vector<double> z = normals(7, 2 * count * rounds);
  std::vector<ComparedRounds> comparisons(count);
  std::size_t next = 0;
  const auto round = [&](double mean_s) {
    const double value = mean_s * (1 + noise * z[next++]);
    RoundSummary summary;
    summary.label = Label::precise;
    summary.mean_s = value;
    summary.half_s = 2 * noise * value;
    return summary;
  };
  for (ComparedRounds& c : comparisons) {
    for (std::size_t i = 0; i < rounds; ++i) {
      c.a.push_back(round(0.01));
      c.b.push_back(round(0.01 * ratio));
    }
    c.seconds = 2;
  }
  return comparisons;
}

std::int64_t differing_after(std::vector<ComparedRounds> comparisons, double difference) {
  for (ComparedRounds& c : comparisons)
    for (RoundSummary& r : c.b) {
      r.mean_s *= 1 + difference;
      *r.half_s *= 1 + difference;
    }
  const RepeatedComparison result = repeated(comparisons, true);
  return std::ranges::count_if(result.each, [](const Comparison& c) { return *c.lo > 1 || *c.hi < 1; });
}

TEST(RepeatedComparison, NothingIsKnownWithoutComparisons) {
  const RepeatedComparison result = repeated({}, true);
  EXPECT_TRUE(result.each.empty());
  EXPECT_TRUE(result.resolutions.empty());
  EXPECT_EQ(result.differing.hi, 1);
  EXPECT_FALSE(result.overall.ratio);
  EXPECT_FALSE(finds_too_many(result));
  EXPECT_EQ(resolution_within(result, 60), nullptr);
}

TEST(RepeatedComparison, OfACaseWithItselfFindsNoMoreThanTheNominalShare) {
  const RepeatedComparison result = repeated(noisy(2000, 5), true);
  const auto differing = static_cast<double>(result.faster + result.slower);
  EXPECT_GT(differing, 0);  // it is a test that can fail
  EXPECT_LE(differing / 2000, result.nominal);
  EXPECT_NEAR(result.nominal, 0.03, 1e-12);
  EXPECT_FALSE(finds_too_many(result));
  EXPECT_EQ(result.faster + result.slower + result.same + result.cannot_tell, 2000);
}

TEST(RepeatedComparison, SaysWhenTooManyDifferencesAreSeen) {
  const RepeatedComparison result = repeated(noisy(10, 5, 1.1), true);
  EXPECT_EQ(result.slower, 10);
  EXPECT_TRUE(finds_too_many(result));
}

// 3 % each: two of twenty happen by chance in 12 % of selftests, three in 2 %; two of four in 0.5 %.
TEST(RepeatedComparison, FewDifferencesAreNotTooMany) {
  const auto too_many = [](std::size_t count, std::size_t different) {
    auto comparisons = noisy(count, 5, 1, 0.001);
    for (std::size_t i = 0; i < different; ++i) comparisons[i] = noisy(1, 5, 1.2, 0.001)[0];
    const RepeatedComparison result = repeated(comparisons, true);
    EXPECT_EQ(result.slower, static_cast<std::int64_t>(different));
    return finds_too_many(result);
  };
  EXPECT_FALSE(too_many(20, 0));
  EXPECT_FALSE(too_many(1, 0));
  EXPECT_FALSE(too_many(4, 1));
  EXPECT_TRUE(too_many(4, 2));
  EXPECT_FALSE(too_many(20, 2));
  EXPECT_TRUE(too_many(20, 3));
}

TEST(RepeatedComparison, OverallRatioIsThatOfTheSides) {
  for (const std::size_t count : {1U, 2U, 3U, 12U}) {
    const RepeatedComparison result = repeated(noisy(count, 10, 1.25), false);
    ASSERT_TRUE(result.overall.ratio) << count;
    EXPECT_LT(*result.overall.lo, 1.25) << count;
    EXPECT_GT(*result.overall.hi, 1.25) << count;
    EXPECT_EQ(result.overall.verdict, Verdict::slower) << count;
  }
}

// Processes that differ for their whole lives: rounds of one comparison then know less than they seem to.
TEST(RepeatedComparison, OverallIntervalHoldsWhatDiffersBetweenComparisons) {
  const std::vector<double> offset = normals(3, 12);
  auto comparisons = noisy(12, 10, 1, 0.0001);
  for (std::size_t i = 0; i < comparisons.size(); ++i)
    for (RoundSummary& r : comparisons[i].b) r.mean_s *= 1 + 0.05 * offset[i];
  const RepeatedComparison result = repeated(comparisons, false);
  EXPECT_LT(*result.overall.lo, 0.99);
  EXPECT_GT(*result.overall.hi, 1.01);
}

TEST(Resolution, DifferencesItPromisesAreFoundAndThoseItDeniesAreNot) {
  const auto comparisons = noisy(200, 5);
  const RepeatedComparison result = repeated(comparisons, true);
  const Resolution& r = result.resolutions.front();
  ASSERT_EQ(r.rounds, 5);
  ASSERT_TRUE(r.found && r.missed);
  EXPECT_GE(differing_after(comparisons, *r.found), 175);  // 9 of 10 counted in both directions
  EXPECT_LT(differing_after(comparisons, *r.missed), 100);
  EXPECT_LT(*r.missed, *r.found);
}

TEST(Resolution, MoreRoundsTellSmallerDifferencesApart) {
  const RepeatedComparison result = repeated(noisy(64, 5), true);
  ASSERT_GE(result.resolutions.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) {
    const Resolution& less = result.resolutions[i - 1];
    const Resolution& more = result.resolutions[i];
    EXPECT_EQ(more.rounds, 2 * less.rounds);
    EXPECT_DOUBLE_EQ(more.seconds, 2 * less.seconds);
    EXPECT_EQ(more.comparisons, less.comparisons / 2);
    EXPECT_LT(*more.found, *less.found);
  }
  EXPECT_DOUBLE_EQ(result.resolutions.front().seconds, 2);
}

TEST(Resolution, LongComparisonsAreAlsoSeenAsShorterOnes) {
  const RepeatedComparison result = repeated(noisy(4, 10), true);
  ASSERT_EQ(result.resolutions.size(), 3U);
  EXPECT_EQ(result.resolutions[0].rounds, 5);
  EXPECT_EQ(result.resolutions[0].comparisons, 8);
  EXPECT_EQ(result.resolutions[2].rounds, 20);
}

TEST(Resolution, OneComparisonIsEnoughForOneLine) {
  const RepeatedComparison result = repeated(noisy(1, 5), true);
  ASSERT_EQ(result.resolutions.size(), 1U);
  EXPECT_TRUE(result.resolutions[0].found);
  EXPECT_EQ(resolution_within(result, 0.1), &result.resolutions[0]);
}

TEST(Resolution, TrueDifferenceOfTwoCasesIsTakenOut) {
  const RepeatedComparison itself = repeated(noisy(50, 5), true);
  const RepeatedComparison two = repeated(noisy(50, 5, 1.5), false);
  EXPECT_NEAR(*two.resolutions[0].found, *itself.resolutions[0].found, 0.1 * *itself.resolutions[0].found);
}

TEST(Resolution, IsAbsentWhenRoundsHaveNoInterval) {
  auto comparisons = noisy(6, 5);
  for (ComparedRounds& c : comparisons)
    for (RoundSummary& r : c.a) r.half_s.reset();
  const RepeatedComparison result = repeated(comparisons, true);
  EXPECT_EQ(result.cannot_tell, 6);
  for (const Resolution& r : result.resolutions) EXPECT_FALSE(r.found);
  EXPECT_EQ(resolution_within(result, 60), nullptr);
}

TEST(Resolution, ComparisonsWithoutIntervalCountAsFindingNothing) {
  auto comparisons = noisy(10, 5);
  for (std::size_t i = 0; i < 2; ++i)
    for (RoundSummary& r : comparisons[i].b) r.half_s.reset();
  EXPECT_FALSE(repeated(comparisons, true).resolutions[0].found);  // a fifth of them can never find it
}

TEST(Resolution, LongestWithEnoughComparisonsIsSpokenOf) {
  const RepeatedComparison result =
      repeated(noisy(40, 5), true);  // 2 s: 40, 4 s: 20, 8 s: 10, 16 s: 5, 32 s: 2
  EXPECT_EQ(resolution_within(result, 60)->comparisons, 5);
  EXPECT_EQ(resolution_within(result, 9)->comparisons, 10);
  EXPECT_EQ(resolution_within(result, 1)->comparisons, 40);
}

TEST(Resolution, DoesNotDependOnTheUnitOfTime) {
  auto comparisons = noisy(20, 5);
  const RepeatedComparison before = repeated(comparisons, true);
  for (ComparedRounds& c : comparisons)
    for (auto* side : {&c.a, &c.b})
      for (RoundSummary& r : *side) {
        r.mean_s *= 1000;
        *r.half_s *= 1000;
      }
  const RepeatedComparison after = repeated(comparisons, true);
  EXPECT_EQ(after.same, before.same);
  EXPECT_NEAR(*after.resolutions[0].found, *before.resolutions[0].found, 1e-12);
}

TEST(Resolution, SidesOfUnequalLengthArePairedAsFarAsTheyGo) {
  auto comparisons = noisy(4, 6);
  comparisons[1].b.resize(3);
  comparisons[2].a.resize(1);
  const RepeatedComparison result = repeated(comparisons, true);
  EXPECT_EQ(result.each[1].rounds, 3);
  EXPECT_EQ(result.resolutions[0].rounds, 6);
  EXPECT_EQ(result.resolutions[0].comparisons, 2);  // 6 + 3 + 1 + 6 pairs
}

}  // namespace
}  // namespace deepgap::stats

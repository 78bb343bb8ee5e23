#include "deepgap/stats/distribution.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "deepgap/stats/accuracy.hpp"

namespace deepgap::stats {
namespace {

TEST(StudentT, CriticalValueAndProbabilityAreInverse) {
  for (const double level : {0.9, 0.95, 0.97, 0.985, 0.99, 0.9995})
    for (const double df : {1.0, 2.0, 9.0, 41.6667, 1e4})
      EXPECT_NEAR(t_two_sided_p(t_critical(level, df), df), 1 - level, 1e-12) << level << " " << df;
}

TEST(StudentT, ManyDegreesAreNearlyNormal) { EXPECT_NEAR(t_critical(0.95, kManyDegrees), 1.96, 3e-4); }

TEST(StudentT, NoDifferenceHasProbabilityOneAndAHugeOneNone) {
  EXPECT_DOUBLE_EQ(t_two_sided_p(0, 5), 1);
  EXPECT_NEAR(t_two_sided_p(1e200, 5), 0, 1e-12);
}

TEST(Binomial, TableValuesAndEnds) {
  EXPECT_EQ(binomial_cdf(-1, 10, 0.5), 0);
  EXPECT_EQ(binomial_cdf(10, 10, 0.5), 1);
  EXPECT_NEAR(binomial_cdf(0, 6, 0.5), 1.0 / 64, 1e-15);
  EXPECT_NEAR(binomial_cdf(5, 10, 0.5), 638.0 / 1024, 1e-14);
}

TEST(Ranks, AreAbsentBelowTheSampleSizeTheyNeed) {
  struct Least {
    double p;
    std::int64_t n;
  };
  for (const auto [p, n] :
       {Least{0.5, 6}, Least{0.9, 36}, Least{0.95, 72}, Least{0.99, 368}, Least{0.999, 3688}}) {
    EXPECT_FALSE(quantile_ranks(n - 1, p, 0.95)) << p;
    EXPECT_TRUE(quantile_ranks(n, p, 0.95)) << p;
  }
  EXPECT_FALSE(quantile_ranks(0, 0.5, 0.95));
  EXPECT_FALSE(quantile_ranks(-3, 0.5, 0.95));
}

TEST(Ranks, EncloseTheQuantileAsOftenAsTheySayButNotMuchMoreOften) {
  for (const double p : {0.5, 0.9, 0.99}) {
    const std::int64_t n = 5000;
    const auto r = quantile_ranks(n, p, 0.95);
    ASSERT_TRUE(r);
    const double covered = binomial_cdf(r->upper - 1, n, p) - binomial_cdf(r->lower - 1, n, p);
    EXPECT_GE(covered, 0.95);
    EXPECT_LT(covered, 0.965);
  }
}

TEST(Ranks, TenMillionSamplesAreNoTrouble) {
  const auto r = quantile_ranks(10'000'000, 0.999, 0.95);
  ASSERT_TRUE(r);
  const double sigma = std::sqrt(1e7 * 0.999 * 0.001);
  EXPECT_NEAR(static_cast<double>(r->lower), 9'990'000 - 1.96 * sigma, 2);
  EXPECT_NEAR(static_cast<double>(r->upper), 9'990'000 + 1.96 * sigma, 2);
}

TEST(Wilson, MatchesATableValue) {
  const Interval i = wilson_interval(90, 100, 0.95);
  EXPECT_NEAR(i.lo, 0.825632, 1e-5);
  EXPECT_NEAR(i.hi, 0.944772, 1e-5);
}

TEST(Wilson, AllRightOfFewIsNotCertainty) {
  const Interval i = wilson_interval(16, 16, 0.95);
  EXPECT_NEAR(i.lo, 0.8064, 1e-3);
  EXPECT_EQ(i.hi, 1);
}

TEST(Wilson, NoTrialsKnowNothing) {
  const Interval i = wilson_interval(0, 0, 0.95);
  EXPECT_EQ(i.lo, 0);
  EXPECT_EQ(i.hi, 1);
}

}  // namespace
}  // namespace deepgap::stats

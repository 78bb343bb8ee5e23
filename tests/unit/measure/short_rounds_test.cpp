#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "deepgap/measure/rounds.hpp"

namespace deepgap::measure {
namespace {

// Rounds of three slow calls: too few for any interval of their own.
std::vector<record::Round> slow_rounds(const std::vector<double>& means_s) {
  std::vector<record::Round> rounds;
  for (const double mean_s : means_s) {
    record::Round& round = rounds.emplace_back();
    round.index = static_cast<std::int64_t>(rounds.size()) - 1;
    round.label = "too-few";
    round.stopped_by = "time cap";
    round.samples = 3;
    round.mean_s = mean_s;
    round.throughput_per_s = 1 / mean_s;
    const auto ns = static_cast<std::int64_t>(mean_s * 1e9);
    round.latencies_ns = {ns, ns, ns};
    round.ends_ns = {ns, 2 * ns, 3 * ns};
  }
  return rounds;
}

stats::Params with_rules() {
  stats::Params params;
  params.session.emplace();
  return params;
}

TEST(ShortRounds, TheSpreadBetweenThemCarriesTheInterval) {
  const CaseStatistics merged =
      merge(slow_rounds({1.00, 1.02, 0.98, 1.01, 0.99, 1.00, 1.02, 0.98, 1.01, 0.99}), with_rules());
  ASSERT_TRUE(merged.latency_mean_ms && merged.latency_mean_ms->lo);
  EXPECT_NEAR(merged.latency_mean_ms->value, 1000, 1e-6);
  // s = 0.01491 s, t(0.97, 9) = 2.5738: half = t s / sqrt(10)
  EXPECT_NEAR(*merged.merged.half_s, 2.5738 * 0.0149071 / std::sqrt(10.0), 1e-5);
  EXPECT_EQ(merged.merged.label, stats::Label::few_samples);
}

TEST(ShortRounds, AreFewRoundsOrFewSamplesButNotTooFew) {
  EXPECT_EQ(merge(slow_rounds(std::vector<double>(10, 1.0)), with_rules()).merged.label,
            stats::Label::few_samples);
  EXPECT_EQ(merge(slow_rounds(std::vector<double>(5, 1.0)), with_rules()).merged.label,
            stats::Label::few_rounds);
}

TEST(ShortRounds, TwoOfThemGiveNoInterval) {
  const CaseStatistics merged = merge(slow_rounds({1.0, 1.1}), with_rules());
  EXPECT_EQ(merged.merged.label, stats::Label::too_few);
  ASSERT_TRUE(merged.latency_mean_ms);
  EXPECT_FALSE(merged.latency_mean_ms->lo);
}

}  // namespace
}  // namespace deepgap::measure

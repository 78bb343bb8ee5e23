#include "deepgap/stats/tail_sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "deepgap/stats/merged_quantile.hpp"
#include "deepgap/stats/synth.hpp"

namespace deepgap::stats {
namespace {

std::vector<double> series(const char* kind, std::int64_t n, std::uint64_t seed) {
  return synthesise(kind, {1e-3, static_cast<std::size_t>(n), seed, 0})->latencies_s;
}

std::int64_t base_batches() { return Params{}.base_batches; }

struct Rounds {
  std::vector<std::vector<double>> tails;
  [[nodiscard]] std::vector<std::span<const double>> spans() const { return {tails.begin(), tails.end()}; }
  [[nodiscard]] std::vector<TailSketch> sketches() const {
    std::vector<TailSketch> all;
    for (const auto& tail : tails) all.push_back(sketch(tail, base_batches()));
    return all;
  }
};

Rounds rounds_of(const char* kind, std::int64_t n = 60'000) {
  Rounds rounds;
  for (std::uint64_t seed = 1; seed <= 6; ++seed)  // of different lengths: points weigh differently
    rounds.tails.push_back(series(kind, n + 7'000 * static_cast<std::int64_t>(seed), seed));
  return rounds;
}

// Share of all samples at or below x, and below it.
std::pair<double, double> ranks_of(const Rounds& rounds, double x) {
  double below = 0, upto = 0, all = 0;
  for (const auto& tail : rounds.tails) {
    for (const double y : tail) {
      below += y < x ? 1 : 0;
      upto += y <= x ? 1 : 0;
    }
    all += static_cast<double>(tail.size());
  }
  return {below / all, upto / all};
}

TEST(TailSketch, HoldsEverySampleOfAShortSeries) {
  const auto tail = series("iid:5", 1'000, 1);
  const std::vector<TailSketch> one{sketch(tail, base_batches())};
  auto sorted = tail;
  std::ranges::sort(sorted);
  EXPECT_EQ(one[0].points, sorted);
  EXPECT_EQ(rank_error(one), 0);
}

TEST(TailSketch, StatesARankErrorThatTheUnionKeeps) {
  for (const char* kind : {"iid:5", "logn", "ar:90", "bimodal", "stalls"}) {
    const Rounds rounds = rounds_of(kind);
    const auto sketches = rounds.sketches();
    const double stated = rank_error(sketches);
    EXPECT_GT(stated, 0) << kind;
    EXPECT_LT(stated, 1e-4) << kind;
    const auto merged = merge_sketches(sketches, kAllPercentiles);
    for (const Percentile p : kAllPercentiles) {
      const auto& found = merged.given[static_cast<std::size_t>(p)];
      ASSERT_TRUE(found) << kind;
      const auto [below, upto] = ranks_of(rounds, found->value);
      EXPECT_LE(below, probability(p) + stated) << kind << ' ' << name(p);
      EXPECT_GE(upto, probability(p) - stated) << kind << ' ' << name(p);
    }
  }
}

TEST(TailSketch, GivesTheIntervalsThatTheSamplesGive) {
  for (const char* kind : {"iid:5", "ar:90", "stalls"}) {
    const Rounds rounds = rounds_of(kind);
    const auto exact = merge_quantiles(rounds.spans(), kAllPercentiles);
    const auto rough = merge_sketches(rounds.sketches(), kAllPercentiles);
    for (const Percentile p : kAllPercentiles) {
      const auto& a = exact.given[static_cast<std::size_t>(p)];
      const auto& b = rough.given[static_cast<std::size_t>(p)];
      ASSERT_EQ(a.has_value(), b.has_value()) << kind << ' ' << name(p);
      if (!a) continue;
      EXPECT_NEAR(static_cast<double>(b->n_eff), static_cast<double>(a->n_eff),
                  0.25 * static_cast<double>(a->n_eff) + 1)
          << kind << ' ' << name(p);
      const double width = a->hi - a->lo;
      EXPECT_NEAR(b->lo, a->lo, 0.25 * width) << kind << ' ' << name(p);
      EXPECT_NEAR(b->hi, a->hi, 0.25 * width) << kind << ' ' << name(p);
    }
  }
}

TEST(TailSketch, OfNothingOrFewSamplesGivesNothing) {
  EXPECT_EQ(sketch({}, base_batches()), TailSketch{});
  const std::vector<double> few{1, 2, 3};
  const std::vector<TailSketch> sketches{sketch(few, base_batches()), TailSketch{}};
  for (const auto& q : merge_sketches(sketches, kAllPercentiles).given) EXPECT_FALSE(q);
}

}  // namespace
}  // namespace deepgap::stats

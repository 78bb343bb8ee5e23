#include "deepgap/stats/order_statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "deepgap/stats/synth.hpp"

namespace deepgap::stats {
namespace {

void expect_as_sorted(std::vector<double> values) {
  OrderStatistics order;
  order.assign(values);
  const auto n = static_cast<std::int64_t>(values.size());
  const std::vector<std::int64_t> ranks = {
      n, 1, (n + 1) / 2, n / 2 + 1, std::max<std::int64_t>(1, n * 99 / 100), 1};
  std::vector<double> got(ranks.size());
  order.select(ranks, got);
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i < ranks.size(); ++i)
    EXPECT_EQ(got[i], values[static_cast<std::size_t>(ranks[i] - 1)]) << "rank " << ranks[i] << " of " << n;
}

TEST(OrderStatistics, EqualThoseOfASortedCopy) {
  for (const char* kind : {"iid:5", "logn", "stalls", "ticks", "const", "linear"})
    for (const std::size_t n : {1U, 2U, 3U, 15U, 16U, 17U, 100U, 4097U, 70'001U}) {
      SCOPED_TRACE(kind);
      expect_as_sorted(synthesise(kind, {1e-3, n, n, 0})->latencies_s);
    }
}

TEST(OrderStatistics, SurviveValuesOfAllSizes) {
  expect_as_sorted({1e-15, 1e9, 1.0, 1.0, 5e-324, 1e308, 1.0 + 1e-15, 2.0});
}

TEST(OrderStatistics, CanBeSelectedAgainAndAssignedAnew) {
  std::vector<double> values(1000);
  std::iota(values.begin(), values.end(), 1.0);
  OrderStatistics order;
  std::array<double, 1> got{};
  order.assign(values);
  for (const std::int64_t rank : {1, 500, 1000, 500}) {
    order.select(std::array{rank}, got);
    EXPECT_EQ(got[0], static_cast<double>(rank));
  }
  const std::vector<double> few = {3, 1, 2};
  order.assign(few);
  order.select(std::array<std::int64_t, 1>{2}, got);
  EXPECT_EQ(got[0], 2);
}

}  // namespace
}  // namespace deepgap::stats

#include "deepgap/stats/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

constexpr double kRounding = 1e-9;  // of products that are whole numbers but for the last bits

std::int64_t whole(double value) { return static_cast<std::int64_t>(value + kRounding); }

double squared_ratio(double level, double df) {
  const double ratio = t_critical(level, kManyDegrees) / t_critical(level, df);
  return ratio * ratio;
}

double share_below(std::span<const double> samples, double point) {
  std::int64_t below = 0;
  for (const double x : samples) below += x <= point ? 1 : 0;
  return static_cast<double>(below) / static_cast<double>(samples.size());
}

struct Asked {
  Percentile percentile;
  std::int64_t n_eff;
};

// One selection for the ends of all intervals.
Quantiles with_intervals(OrderStatistics& order, std::int64_t n, std::span<const Asked> asked,
                         std::span<const double> points, std::span<const double> levels) {
  std::vector<std::size_t> given;
  std::vector<std::int64_t> ranks;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto ends = interval_ranks(n, asked[i].n_eff, probability(asked[i].percentile), levels[i]);
    if (!ends) continue;
    given.push_back(i);
    ranks.insert(ranks.end(), ends->begin(), ends->end());
  }
  Quantiles result;
  if (given.empty()) return result;
  std::vector<double> values(ranks.size());
  order.select(ranks, values);
  for (std::size_t j = 0; j < given.size(); ++j) {
    const Asked& a = asked[given[j]];
    result[static_cast<std::size_t>(a.percentile)] =
        Quantile{points[given[j]], values[2 * j], values[2 * j + 1], a.n_eff};
  }
  return result;
}

std::vector<double> points_of(OrderStatistics& order, std::int64_t n, std::span<const Percentile> wanted) {
  std::vector<std::int64_t> ranks;
  for (const Percentile p : wanted) ranks.push_back(point_rank(n, probability(p)));
  std::vector<double> points(ranks.size());
  order.select(ranks, points);
  return points;
}

// Independent samples that rounds with these shares at or below the pooled point are worth, at most.
double limit_from_spread(std::span<const double> shares, double level) {
  const auto rounds = static_cast<double>(shares.size());
  const double f = mean_of(shares);
  const double variance = sum_of_squares(shares, f) / (rounds - 1);
  if (!(f > 0 && f < 1 && variance > 0)) return HUGE_VAL;
  return f * (1 - f) * rounds / variance * squared_ratio(level, rounds - 1);
}

// The same from the means of the rounds: where rounds have speeds of their own, a tail is worth no more
// samples than the mean, however alike the rounds look at its point.
double limit_from_means(std::span<const std::span<const double>> tails, std::span<const double> pooled) {
  std::vector<double> means;
  for (const auto tail : tails) means.push_back(mean_of(tail));
  const auto rounds = static_cast<double>(means.size());
  const double centre = mean_of(pooled);
  const double between = sum_of_squares(means, mean_of(means)) / (rounds - 1);
  const double rounding = 1e-12 * centre;
  if (between <= rounding * rounding) return HUGE_VAL;
  return 2 * rounds * sum_of_squares(pooled, centre) / static_cast<double>(pooled.size()) / between;
}

}  // namespace

Batched in_batches(std::span<const double> samples, std::int64_t base_batches) {
  const std::size_t size = std::max<std::size_t>(1, samples.size() / static_cast<std::size_t>(base_batches));
  return {samples.subspan(samples.size() % size), size};
}

void batch_means(const Batched& series, std::vector<double>& out) {
  out.clear();
  for (std::size_t begin = 0; begin < series.samples.size(); begin += series.size)
    out.push_back(mean_of(series.samples.subspan(begin, series.size)));
}

double correlation_floor(const Batched& series) {
  std::vector<double> y;
  batch_means(series, y);
  const double centre = mean_of(y);
  const double variance = sum_of_squares(series.samples, centre) / static_cast<double>(series.samples.size());
  const double rounding = 1e-12 * centre;
  if (variance <= rounding * rounding) return 1;
  return std::max(1.0, 0.25 * long_run_variance(y).s2 * static_cast<double>(series.size) / variance);
}

double effective_share(const Batched& series, double point, double correlation_floor, double level) {
  std::vector<double> z;
  for (std::size_t begin = 0; begin < series.samples.size(); begin += series.size)
    z.push_back(share_below(series.samples.subspan(begin, series.size), point));
  const double f = mean_of(z);
  if (!(f > 0 && f < 1)) return 1 / correlation_floor;
  const auto [s2, df] = long_run_variance(z);
  const double tau =
      std::max({1.0, correlation_floor, s2 * static_cast<double>(series.size) / (f * (1 - f))});
  return squared_ratio(level, df) / tau;
}

std::int64_t point_rank(std::int64_t n, double p) {
  return std::max<std::int64_t>(1,
                                static_cast<std::int64_t>(std::ceil(static_cast<double>(n) * p - kRounding)));
}

std::optional<std::array<std::int64_t, 2>> interval_ranks(std::int64_t n, std::int64_t n_eff, double p,
                                                          double level) {
  const auto ranks = quantile_ranks(n_eff, p, level);
  if (!ranks) return std::nullopt;
  const auto scaled = [&](std::int64_t rank) {
    return static_cast<double>(rank) * static_cast<double>(n) / static_cast<double>(n_eff);
  };
  return std::array{std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(scaled(ranks->lower)))),
                    std::min<std::int64_t>(n, static_cast<std::int64_t>(std::ceil(scaled(ranks->upper))))};
}

Quantiles quantiles(const Batched& series, OrderStatistics& order, std::span<const Percentile> wanted,
                    const Params& params) {
  const auto n = static_cast<std::int64_t>(series.samples.size());
  const std::vector<double> points = points_of(order, n, wanted);
  const double floor = correlation_floor(series);
  std::vector<Asked> asked;
  std::vector<double> levels;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    levels.push_back(params.stop_on == wanted[i] ? params.level_seq : params.level);
    const double share = effective_share(series, points[i], floor, levels[i]);
    asked.push_back({wanted[i], whole(static_cast<double>(n) * share)});
  }
  return with_intervals(order, n, asked, points, levels);
}

std::int64_t least_independent(double p, double level) {
  const double outside = std::max(p, 1 - p);
  auto n = static_cast<std::int64_t>(std::ceil(std::log((1 - level) / 2) / std::log(outside)));
  while (n > 1 && quantile_ranks(n - 1, p, level)) --n;
  while (!quantile_ranks(n, p, level)) ++n;
  return n;
}

MergedQuantiles merge_quantiles(std::span<const std::span<const double>> tails,
                                std::span<const Percentile> wanted, const Params& params) {
  std::vector<std::span<const double>> used;
  std::vector<double> pooled;
  std::vector<double> floors;
  for (const auto tail : tails) {
    if (static_cast<std::int64_t>(tail.size()) < kMinTail) continue;
    used.push_back(tail);
    pooled.insert(pooled.end(), tail.begin(), tail.end());
    floors.push_back(correlation_floor(in_batches(tail, params.base_batches)));
  }
  if (used.empty()) return {};
  OrderStatistics order;
  order.assign(pooled);
  const auto n = static_cast<std::int64_t>(pooled.size());
  const std::vector<double> points = points_of(order, n, wanted);
  const double level = params.session ? params.level_seq : params.level;
  const double limit = params.session && used.size() > 1 ? limit_from_means(used, pooled) : HUGE_VAL;
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    double n_eff = 0;
    std::vector<double> shares;
    for (std::size_t r = 0; r < used.size(); ++r) {
      const Batched series = in_batches(used[r], params.base_batches);
      n_eff += static_cast<double>(used[r].size()) * effective_share(series, points[i], floors[r], level);
      shares.push_back(share_below(used[r], points[i]));
    }
    if (used.size() > 1) n_eff = std::min(n_eff, limit_from_spread(shares, level));
    n_eff = std::min(n_eff, limit);
    asked.push_back({wanted[i], std::max<std::int64_t>(1, whole(n_eff))});
  }
  const std::vector<double> levels(wanted.size(), level);
  MergedQuantiles merged{with_intervals(order, n, asked, points, levels), {}};
  for (const Asked& a : asked) {
    const auto place = static_cast<std::size_t>(a.percentile);
    if (merged.given[place]) continue;
    const auto least = static_cast<double>(least_independent(probability(a.percentile), level));
    merged.needed[place] = static_cast<std::int64_t>(
        std::ceil(static_cast<double>(n) * std::max(1.0, least / static_cast<double>(a.n_eff))));
  }
  return merged;
}

}  // namespace deepgap::stats

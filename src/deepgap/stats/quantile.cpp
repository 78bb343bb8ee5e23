#include "deepgap/stats/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

constexpr double kRounding = 1e-9;  // of products that are whole numbers but for the last bits

}  // namespace

std::int64_t whole_samples(double value) { return static_cast<std::int64_t>(value + kRounding); }

double squared_ratio(double level, double df) {
  const double ratio = t_critical(level, kManyDegrees) / t_critical(level, df);
  return ratio * ratio;
}

double share_below(std::span<const double> samples, double point) {
  std::int64_t below = 0;
  for (const double x : samples) below += x <= point ? 1 : 0;
  return static_cast<double>(below) / static_cast<double>(samples.size());
}

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

Correlation correlation(const Batched& series, double point, double correlation_floor) {
  std::vector<double> z;
  for (std::size_t begin = 0; begin < series.samples.size(); begin += series.size)
    z.push_back(share_below(series.samples.subspan(begin, series.size), point));
  const double f = mean_of(z);
  if (!(f > 0 && f < 1)) return {correlation_floor, kManyDegrees};
  const auto [s2, df] = long_run_variance(z);
  return {std::max({1.0, correlation_floor, s2 * static_cast<double>(series.size) / (f * (1 - f))}), df};
}

double effective_share(const Correlation& correlation, double level) {
  return squared_ratio(level, correlation.degrees) / correlation.length;
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

std::vector<double> points_at(const Select& select, std::int64_t n, std::span<const Percentile> wanted) {
  std::vector<std::int64_t> ranks;
  for (const Percentile p : wanted) ranks.push_back(point_rank(n, probability(p)));
  std::vector<double> points(ranks.size());
  select(ranks, points);
  return points;
}

Quantiles with_intervals(const Select& select, std::int64_t n, std::span<const Asked> asked,
                         std::span<const double> points) {
  std::vector<std::size_t> given;
  std::vector<std::int64_t> ranks;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto ends = interval_ranks(n, asked[i].n_eff, probability(asked[i].percentile), asked[i].level);
    if (!ends) continue;
    given.push_back(i);
    ranks.insert(ranks.end(), ends->begin(), ends->end());
  }
  Quantiles result;
  if (given.empty()) return result;
  std::vector<double> values(ranks.size());
  select(ranks, values);
  for (std::size_t j = 0; j < given.size(); ++j) {
    const Asked& a = asked[given[j]];
    result[static_cast<std::size_t>(a.percentile)] =
        Quantile{points[given[j]], values[2 * j], values[2 * j + 1], a.n_eff};
  }
  return result;
}

Quantiles quantiles(const Batched& series, OrderStatistics& order, std::span<const Percentile> wanted,
                    const Params& params) {
  const auto n = static_cast<std::int64_t>(series.samples.size());
  const Select select = [&order](auto ranks, auto out) { order.select(ranks, out); };
  const std::vector<double> points = points_at(select, n, wanted);
  const double floor = correlation_floor(series);
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double level = params.stop_on == wanted[i] ? params.level_seq : params.level;
    const double share = effective_share(correlation(series, points[i], floor), level);
    asked.push_back({wanted[i], whole_samples(static_cast<double>(n) * share), level});
  }
  return with_intervals(select, n, asked, points);
}

}  // namespace deepgap::stats

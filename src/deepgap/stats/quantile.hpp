#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/order_statistics.hpp"
#include "deepgap/stats/params.hpp"

// Percentiles with intervals from order statistics, for correlated series.
namespace deepgap::stats {

// The p-th percentile: the nearest-rank point, and order statistics that enclose it.
struct Quantile {
  double value = 0, lo = 0, hi = 0;
  std::int64_t n_eff = 0;  // independent samples that know as much
  friend bool operator==(const Quantile&, const Quantile&) = default;
};
using Quantiles =
    std::array<std::optional<Quantile>, kPercentiles>;  // by Percentile; absent = too few samples

// A stretch of samples cut into equal batches; the last batch ends with the last sample.
struct Batched {
  std::span<const double> samples;  // batches x size
  std::size_t size = 1;
  [[nodiscard]] std::size_t batches() const noexcept { return samples.size() / size; }
};

// Batches as a look makes them; the oldest samples that do not fill one are left out. Not empty.
[[nodiscard]] Batched in_batches(std::span<const double> samples, std::int64_t base_batches);

void batch_means(const Batched& series, std::vector<double>& out);

// A quarter of the correlation length of the mean (samples), at least 1: keeps a tail percentile of a
// strongly correlated series from resting on a chance underestimate of its own correlation length.
[[nodiscard]] double correlation_floor(const Batched& series);

// How samples hang together as far as the share at or below a point goes: so many of them know as much as one
// independent sample, found with so many degrees of freedom.
struct Correlation {
  double length = 1;
  double degrees = kManyDegrees;
  friend bool operator==(const Correlation&, const Correlation&) = default;
};
[[nodiscard]] Correlation correlation(const Batched& series, double point, double correlation_floor);

// Independent samples for each sample.
[[nodiscard]] double effective_share(const Correlation& correlation, double level);

// Rank of the nearest-rank point among n.
[[nodiscard]] std::int64_t point_rank(std::int64_t n, double p);

// Ranks among n samples that are worth n_eff independent ones; absent when those are too few.
[[nodiscard]] std::optional<std::array<std::int64_t, 2>> interval_ranks(std::int64_t n, std::int64_t n_eff,
                                                                        double p, double level);

// The values at 1-based ranks of a set.
using Select = std::function<void(std::span<const std::int64_t> ranks, std::span<double> values)>;

struct Asked {
  Percentile percentile;
  std::int64_t n_eff;  // independent samples that the set is worth for it
  double level;        // of its interval
};

// The nearest-rank points of n values.
[[nodiscard]] std::vector<double> points_at(const Select& select, std::int64_t n,
                                            std::span<const Percentile> wanted);

// Points with order statistics around them, where there are samples enough. points[i] belongs to asked[i].
[[nodiscard]] Quantiles with_intervals(const Select& select, std::int64_t n, std::span<const Asked> asked,
                                       std::span<const double> points);

[[nodiscard]] std::int64_t whole_samples(double value);
[[nodiscard]] double share_below(std::span<const double> samples, double point);

// What few degrees of freedom leave of a number of independent samples.
[[nodiscard]] double squared_ratio(double level, double df);

// The wanted percentiles of one series. `order` holds the same samples.
[[nodiscard]] Quantiles quantiles(const Batched& series, OrderStatistics& order,
                                  std::span<const Percentile> wanted, const Params& params);

}  // namespace deepgap::stats

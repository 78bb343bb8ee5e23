#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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

// Independent samples for each sample, as far as the share of samples at or below `point` goes.
[[nodiscard]] double effective_share(const Batched& series, double point, double correlation_floor,
                                     double level);

// Rank of the nearest-rank point among n.
[[nodiscard]] std::int64_t point_rank(std::int64_t n, double p);

// Ranks among n samples that are worth n_eff independent ones; absent when those are too few.
[[nodiscard]] std::optional<std::array<std::int64_t, 2>> interval_ranks(std::int64_t n, std::int64_t n_eff,
                                                                        double p, double level);

// The wanted percentiles of one series. `order` holds the same samples.
[[nodiscard]] Quantiles quantiles(const Batched& series, OrderStatistics& order,
                                  std::span<const Percentile> wanted, const Params& params);

// Fewest independent samples that give this percentile an interval.
[[nodiscard]] std::int64_t least_independent(double p, double level);

struct MergedQuantiles {
  Quantiles given;
  // Samples like these that an absent percentile would have needed; absent for those given or not asked for.
  std::array<std::optional<std::int64_t>, kPercentiles> needed;
};

// Percentiles of a case from its rounds: the samples after the cut, one stretch a round, in the order of
// time. The spread of the rounds limits what they are worth together. Stretches below kMinTail are left out.
[[nodiscard]] MergedQuantiles merge_quantiles(std::span<const std::span<const double>> tails,
                                              std::span<const Percentile> wanted, const Params& params = {});

}  // namespace deepgap::stats

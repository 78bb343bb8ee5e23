#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "deepgap/stats/params.hpp"
#include "deepgap/stats/quantile.hpp"
#include "deepgap/stats/tail_sketch.hpp"

// Percentiles of a case from its rounds. The spread of the rounds limits what they are worth together.
// Stretches below kMinTail are left out.
namespace deepgap::stats {

struct MergedQuantiles {
  Quantiles given;
  // Samples like these that an absent percentile would have needed; absent for those given or not asked for.
  std::array<std::optional<std::int64_t>, kPercentiles> needed;
};

// Fewest independent samples that give this percentile an interval.
[[nodiscard]] std::int64_t least_independent(double p, double level);

// The samples after the cut, one stretch a round, in the order of time.
[[nodiscard]] MergedQuantiles merge_quantiles(std::span<const std::span<const double>> tails,
                                              std::span<const Percentile> wanted, const Params& params = {});

// The same from sketches: what a round's correlation costs was found at its own percentiles rather than the
// case's.
[[nodiscard]] MergedQuantiles merge_sketches(std::span<const TailSketch> tails,
                                             std::span<const Percentile> wanted, const Params& params = {});

}  // namespace deepgap::stats

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "deepgap/stats/quantile.hpp"

// What the percentiles of a case need of one round once its samples are no longer held.
namespace deepgap::stats {

inline constexpr std::size_t kSketchPoints = 32'768;

// Equally spaced order statistics of a set: a quantile sketch in the sense of Munro and Paterson (1980). The
// union of sketches, each point weighing samples / points, is the sketch of the union. The rank of a value
// among all is right to rank_error() of their number, whatever the data and however many are joined.
struct TailSketch {
  std::int64_t samples = 0;
  double mean = 0, variance = 0;
  std::vector<double> points;                           // ascending, kSketchPoints or all samples if fewer
  std::array<Correlation, kPercentiles> correlation{};  // at its own percentiles
  friend bool operator==(const TailSketch&, const TailSketch&) = default;
};

// `tail`: a round's samples after the cut in the order of time, all above 0.
[[nodiscard]] TailSketch sketch(std::span<const double> tail, std::int64_t base_batches);

// The share of all their samples by which a rank among the union may be wrong.
[[nodiscard]] double rank_error(std::span<const TailSketch> sketches) noexcept;

}  // namespace deepgap::stats

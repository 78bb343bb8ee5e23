#include "deepgap/stats/tail_sketch.hpp"

#include <algorithm>

#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {

TailSketch sketch(std::span<const double> tail, std::int64_t base_batches) {
  TailSketch made;
  made.samples = static_cast<std::int64_t>(tail.size());
  if (tail.empty()) return made;
  made.mean = mean_of(tail);
  made.variance = sum_of_squares(tail, made.mean) / static_cast<double>(tail.size());
  std::vector<double> sorted{tail.begin(), tail.end()};
  std::ranges::sort(sorted);
  const std::size_t points = std::min(sorted.size(), kSketchPoints);
  made.points.reserve(points);
  for (std::size_t i = 0; i < points; ++i)  // the middle of each of as many equal parts
    made.points.push_back(sorted[(2 * i + 1) * sorted.size() / (2 * points)]);
  if (made.samples < kMinTail) return made;

  const Batched series = in_batches(tail, base_batches);
  const double floor = correlation_floor(series);
  for (const Percentile p : kAllPercentiles) {
    const double own = sorted[static_cast<std::size_t>(point_rank(made.samples, probability(p)) - 1)];
    made.correlation[static_cast<std::size_t>(p)] = correlation(series, own, floor);
  }
  return made;
}

double rank_error(std::span<const TailSketch> sketches) noexcept {
  double wrong = 0, all = 0;
  for (const TailSketch& one : sketches) {
    const auto samples = static_cast<double>(one.samples);
    all += samples;
    if (one.samples > static_cast<std::int64_t>(one.points.size()))
      wrong += samples / (2 * static_cast<double>(one.points.size())) + 1;  // half a part, and whole ranks
  }
  return all > 0 ? wrong / all : 0;
}

}  // namespace deepgap::stats

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/model/graph.hpp"

// The range of every float value of a network, observed on samples. Knows: statistics of values. Never knows:
// what the ranges are used for.
namespace deepgap::model {

struct Range {
  double lo = 0, hi = 0;
  friend bool operator==(const Range&, const Range&) = default;
};
using Ranges = std::map<std::string, Range, std::less<>>;

// Percentiles of |value| from a histogram whose width doubles when a value falls beyond it: one pass over the
// samples, memory independent of their number.
class MagnitudeHistogram {
 public:
  void add(std::span<const double> values);
  // Smallest edge that `percent` of the magnitudes lie under; 0 when nothing was added.
  [[nodiscard]] double percentile(double percent) const;

 private:
  void widen_to(double magnitude);

  static constexpr std::size_t kBins = 8192;
  double width_ = 0;  // of one bin; 0 = nothing but zeros yet
  std::int64_t total_ = 0;
  std::vector<std::int64_t> bins_ = std::vector<std::int64_t>(kBins, 0);
};

// Runs `graph` on each sample. percentile = 100: the smallest and largest value seen. Below: both cut to the
// magnitude that this share of the values does not exceed. Values that are never finite are left out.
[[nodiscard]] Result<Ranges> calibrate(const Graph& graph, std::span<const std::vector<Tensor>> samples,
                                       double percentile = 100, int threads = 0);

}  // namespace deepgap::model

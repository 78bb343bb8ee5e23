#include "deepgap/model/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "deepgap/model/reference.hpp"

namespace deepgap::model {
namespace {

struct Observed {
  bool any = false;
  Range range;
  MagnitudeHistogram magnitudes;

  void add(std::span<const double> values, bool with_histogram) {
    for (const double v : values) {
      if (!std::isfinite(v)) continue;
      range.lo = any ? std::min(range.lo, v) : v;
      range.hi = any ? std::max(range.hi, v) : v;
      any = true;
    }
    if (with_histogram) magnitudes.add(values);
  }
};

}  // namespace

void MagnitudeHistogram::widen_to(double magnitude) {
  constexpr auto kBinsAsDouble = static_cast<double>(kBins);
  if (width_ == 0) {
    width_ = magnitude / kBinsAsDouble * 2;
    return;
  }
  while (magnitude >= width_ * kBinsAsDouble) {
    for (std::size_t i = 0; i < kBins / 2; ++i) bins_[i] = bins_[2 * i] + bins_[2 * i + 1];
    std::fill(bins_.begin() + kBins / 2, bins_.end(), 0);
    width_ *= 2;
  }
}

void MagnitudeHistogram::add(std::span<const double> values) {
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    const double magnitude = std::abs(v);
    if (magnitude > 0 && (width_ == 0 || magnitude >= width_ * static_cast<double>(kBins)))
      widen_to(magnitude);
    // A width that underflows to zero: all magnitudes are as good as zero.
    ++bins_[width_ > 0 ? static_cast<std::size_t>(magnitude / width_) : 0];
    ++total_;
  }
}

double MagnitudeHistogram::percentile(double percent) const {
  const double wanted = percent / 100 * static_cast<double>(total_);
  std::int64_t below = 0;
  for (std::size_t i = 0; i < kBins && total_ > 0; ++i) {
    below += bins_[i];
    if (static_cast<double>(below) >= wanted) return width_ * static_cast<double>(i + 1);
  }
  return 0;
}

Result<Ranges> calibrate(const Graph& graph, std::span<const std::vector<Tensor>> samples, double percentile,
                         int threads) {
  if (samples.empty()) return Error{Errc::invalid_input, "calibration needs at least one sample"};
  if (!(percentile > 0 && percentile <= 100))
    return Error{Errc::invalid_input, "a calibration percentile is above 0 and at most 100"};
  const bool cut = percentile < 100;
  std::map<std::string, Observed, std::less<>> seen;
  ReferenceOptions options;
  options.threads = threads;
  options.observe = [&](std::string_view name, std::span<const double> values) {
    auto it = seen.find(name);
    if (it == seen.end()) it = seen.emplace(std::string{name}, Observed{}).first;
    it->second.add(values, cut);
  };
  for (const std::vector<Tensor>& sample : samples)
    if (auto outputs = run_reference(graph, sample, options); !outputs)
      return std::move(outputs).error().in("calibration");
  Ranges ranges;
  for (const auto& [name, observed] : seen) {
    if (!observed.any) continue;
    Range range = observed.range;
    if (cut) {
      const double limit = observed.magnitudes.percentile(percentile);
      range = {std::max(range.lo, -limit), std::min(range.hi, limit)};
      range.lo = std::min(range.lo, range.hi);
    }
    ranges.emplace(name, range);
  }
  return ranges;
}

}  // namespace deepgap::model

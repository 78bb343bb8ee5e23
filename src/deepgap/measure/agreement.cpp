#include "deepgap/measure/agreement.hpp"

#include <cmath>

#include "deepgap/measure/verify.hpp"
#include "deepgap/stats/accuracy.hpp"

namespace deepgap::measure {
namespace {

std::size_t largest_of(const Tensor& tensor, std::size_t begin, std::size_t width) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < width; ++i)
    if (element(tensor.bytes, tensor.dtype, begin + i) > element(tensor.bytes, tensor.dtype, begin + best))
      best = i;
  return best;
}

std::optional<double> sqnr_db(const Tensor& baseline, const Tensor& other, std::size_t count) {
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double want = element(baseline.bytes, baseline.dtype, i);
    const double error = element(other.bytes, other.dtype, i) - want;
    signal += want * want;
    noise += error * error;
  }
  if (noise == 0 || signal == 0 || !std::isfinite(signal) || !std::isfinite(noise)) return std::nullopt;
  return 10 * std::log10(signal / noise);
}

bool all_finite(const Tensor& tensor, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (!std::isfinite(element(tensor.bytes, tensor.dtype, i))) return false;
  return true;
}

}  // namespace

std::optional<Agreement> agreement(const Tensor& baseline, const Tensor& other) {
  const auto count = element_count(baseline.shape);
  if (!count || *count == 0 || baseline.shape != other.shape || baseline.shape.empty()) return std::nullopt;
  const auto n = static_cast<std::size_t>(*count);
  if (!all_finite(baseline, n) || !all_finite(other, n)) return std::nullopt;

  Agreement result;
  result.samples = baseline.shape[0];
  result.sqnr_db = sqnr_db(baseline, other, n);
  const std::size_t width = n / static_cast<std::size_t>(result.samples);
  if (width < 2) return result;
  std::int64_t same = 0;
  for (std::size_t begin = 0; begin < n; begin += width)
    same += largest_of(baseline, begin, width) == largest_of(other, begin, width) ? 1 : 0;
  const auto interval = stats::wilson_interval(same, result.samples, 0.95);
  result.top1 = record::Estimate{static_cast<double>(same) / static_cast<double>(result.samples), interval.lo,
                                 interval.hi};
  return result;
}

}  // namespace deepgap::measure

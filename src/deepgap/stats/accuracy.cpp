#include "deepgap/stats/accuracy.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numbers>

namespace deepgap::stats {

Interval wilson_interval(std::int64_t successes, std::int64_t trials, double level) {
  if (trials <= 0) return {};
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(std::clamp<std::int64_t>(successes, 0, trials)) / n;
  const double z = std::numbers::sqrt2 * boost::math::erf_inv(level);
  const double scale = 1 + z * z / n;
  const double centre = (p + z * z / (2 * n)) / scale;
  const double half = z / scale * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {successes <= 0 ? 0 : std::max(0.0, centre - half),
          successes >= trials ? 1 : std::min(1.0, centre + half)};
}

}  // namespace deepgap::stats

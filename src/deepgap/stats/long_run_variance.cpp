#include "deepgap/stats/long_run_variance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace deepgap::stats {
namespace {

constexpr double kConstant = 1e-12;  // relative spread that is rounding

double autocovariance(std::span<const double> y, double centre, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < y.size(); ++i) sum += (y[i] - centre) * (y[i + lag] - centre);
  return sum / static_cast<double>(y.size());
}

}  // namespace

double mean_of(std::span<const double> y) {
  return sum_of(y, [](double v) { return v; }) / static_cast<double>(y.size());
}

double sum_of_squares(std::span<const double> y, double centre) {
  return sum_of(y, [centre](double v) { return (v - centre) * (v - centre); });
}

LongRunVariance long_run_variance(std::span<const double> y) {
  const std::size_t count = y.size();
  if (count < 2) return {0, 1};
  const auto m = static_cast<double>(count);
  const double centre = mean_of(y);
  const double g0 = autocovariance(y, centre, 0);
  const double rounding = kConstant * centre;
  if (g0 <= rounding * rounding) return {0, m - 1};
  const double independent = g0 * m / (m - 1);
  if (count < 8) return {independent, m - 1};

  double s = -g0;
  double previous = std::numeric_limits<double>::infinity();
  int pairs = 0;
  for (std::size_t j = 0; j < count / 4; ++j) {
    const double pair = autocovariance(y, centre, 2 * j) + autocovariance(y, centre, 2 * j + 1);
    if (pair <= kConstant * g0) break;  // exact zeros are common in shares of few samples
    previous = std::min(pair, previous);
    s += 2 * previous;
    ++pairs;
  }
  const double share = (2.0 * std::max(1, 2 * pairs - 1) + 1) / m;
  return {std::max(s / std::max(0.25, 1 - share), independent), std::max(2.0, 1 / share - 1)};
}

}  // namespace deepgap::stats

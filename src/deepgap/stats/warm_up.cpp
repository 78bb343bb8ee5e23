#include "deepgap/stats/warm_up.hpp"

#include <algorithm>
#include <cmath>

#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

constexpr double kConstant = 1e-12;  // relative spread that is rounding

// What is left of sum (v - mean)^2 by rounding, when all v are equal: coarse timers make such tails, and the
// first cut that leaves one is the right one.
double rounding_of(double squares, double left, double centre) {
  return 1e-13 * squares + left * (kConstant * centre) * (kConstant * centre);
}

// First minimiser over d = 0..half of the variance of w[d..] over the number of values left.
std::size_t mser(std::span<const double> w, double centre) {
  const std::size_t half = w.size() / 2;
  double sum = 0;
  double squares = 0;
  double best = HUGE_VAL;
  std::size_t cut = 0;
  for (std::size_t d = w.size(); d-- > 0;) {
    const double v = w[d] - centre;
    sum += v;
    squares += v * v;
    if (d > half) continue;
    const auto left = static_cast<double>(w.size() - d);
    const double spread = squares - sum * sum / left;
    const double criterion = spread <= rounding_of(squares, left, centre) ? 0 : spread / (left * left);
    if (criterion <= best) {
      best = criterion;
      cut = d;
    }
  }
  return cut;
}

}  // namespace

WarmUp warm_up(std::span<const double> w, const Params& params) {
  if (w.size() < static_cast<std::size_t>(kMinTail)) return {};
  const double centre = mean_of(w);
  double spread = 0;
  for (const double v : w) spread = std::max(spread, std::abs(v - centre));
  if (spread <= kConstant * std::abs(centre)) return {};

  const std::size_t half = w.size() / 2;
  const std::size_t found = mser(w, centre);
  if (found == 0) return {};
  const auto head = w.first(found);
  const auto tail = w.subspan(found);
  const double s2 = long_run_variance(tail).s2;
  const double error =
      std::sqrt(s2 * (1 / static_cast<double>(head.size()) + 1 / static_cast<double>(tail.size())));
  const double least = std::max(params.guard * error, kConstant * std::abs(centre));
  if (std::abs(mean_of(head) - mean_of(tail)) <= least) return {};

  const auto k = static_cast<double>(found);
  const auto most = static_cast<double>(half);
  return {static_cast<std::int64_t>(std::min(std::ceil(k * params.cut_factor), most)), k >= 0.9 * most};
}

std::int64_t slow_first_calls(std::span<const double> x) {
  const auto half = static_cast<std::ptrdiff_t>(x.size() / 2);
  const double top = *std::max_element(x.begin() + half, x.end());
  std::size_t lead = 0;
  while (lead < x.size() / 4 && x[lead] > top) ++lead;
  return static_cast<std::int64_t>(lead);
}

}  // namespace deepgap::stats

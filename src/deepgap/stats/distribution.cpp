#include "deepgap/stats/distribution.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

namespace deepgap::stats {
namespace {

namespace bp = boost::math::policies;
// Arguments are always in range; long double would only be slow.
using Policy = bp::policy<bp::promote_double<false>, bp::domain_error<bp::ignore_error>,
                          bp::overflow_error<bp::ignore_error>, bp::evaluation_error<bp::ignore_error>>;

}  // namespace

double t_critical(double level, double df) {
  const boost::math::students_t_distribution<double, Policy> t{df};
  return boost::math::quantile(boost::math::complement(t, (1 - level) / 2));
}

double t_two_sided_p(double t, double df) {
  const double x = df / (df + t * t);
  return boost::math::ibeta(df / 2, 0.5, std::clamp(x, 0.0, 1.0), Policy{});
}

double f_tail_p(double ratio, double numerator_df, double denominator_df) {
  const double x = denominator_df / (denominator_df + numerator_df * ratio);
  return boost::math::ibeta(denominator_df / 2, numerator_df / 2, std::clamp(x, 0.0, 1.0), Policy{});
}

double binomial_cdf(std::int64_t k, std::int64_t n, double p) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return boost::math::ibeta(static_cast<double>(n - k), static_cast<double>(k + 1), 1 - p, Policy{});
}

std::optional<Ranks> quantile_ranks(std::int64_t n, double p, double level) {
  const double tail = (1 - level) / 2;
  if (n < 1 || binomial_cdf(0, n, p) > tail || binomial_cdf(n - 1, n, p) < 1 - tail) return std::nullopt;
  std::int64_t low = 1;
  std::int64_t high = n;
  while (low < high) {  // largest l with P(Bin <= l - 1) <= tail
    const std::int64_t mid = low + (high - low + 1) / 2;
    if (binomial_cdf(mid - 1, n, p) <= tail)
      low = mid;
    else
      high = mid - 1;
  }
  const std::int64_t lower = low;
  low = 1;
  high = n;
  while (low < high) {  // smallest u with P(Bin <= u - 1) >= 1 - tail
    const std::int64_t mid = low + (high - low) / 2;
    if (binomial_cdf(mid - 1, n, p) >= 1 - tail)
      high = mid;
    else
      low = mid + 1;
  }
  return Ranks{lower, low};
}

}  // namespace deepgap::stats

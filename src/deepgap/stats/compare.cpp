#include "deepgap/stats/compare.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

constexpr double kLeastError = 1e-12;  // so that identical rounds do not divide by zero

// Squared relative standard error that a round states of itself.
double own_variance(const RoundSummary& round, const Params& params) {
  const double z = t_critical(params.level_seq, kManyDegrees);
  const double relative = (*round.half_s + round.drift_s) / z / round.mean_s;
  return relative * relative;
}

Comparison judged(double log_ratio, double standard_error, double df, const Params& params) {
  const double se = standard_error > 0 ? standard_error : kLeastError;
  const double half = t_critical(params.level_seq, df) * se;
  Comparison result;
  result.ratio = std::exp(log_ratio);
  result.lo = std::exp(log_ratio - half);
  result.hi = std::exp(log_ratio + half);
  result.p = t_two_sided_p(std::abs(log_ratio) / se, df);
  // Two one-sided tests at 5 % (Schuirmann 1987).
  if (std::abs(log_ratio) + t_critical(0.90, df) * se <= std::log1p(params.margin))
    result.verdict = Verdict::same;
  else if (log_ratio + half < 0)
    result.verdict = Verdict::faster;
  else if (log_ratio - half > 0)
    result.verdict = Verdict::slower;
  return result;
}

bool usable(const RoundSummary& round) { return round.half_s && round.mean_s > 0; }

struct LogMeans {
  std::vector<double> values;
  double own = 0;  // sum of what the rounds state of themselves
};

LogMeans log_means(std::span<const RoundSummary> rounds, const Params& params) {
  LogMeans result;
  for (const RoundSummary& r : rounds) {
    if (!usable(r)) continue;
    result.values.push_back(std::log(r.mean_s));
    result.own += own_variance(r, params);
  }
  return result;
}

}  // namespace

std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::same: return "same";
    case Verdict::faster: return "faster";
    case Verdict::slower: return "slower";
    case Verdict::cannot_tell: return "cannot tell";
  }
  return "";
}

Comparison compare(std::span<const RoundSummary> a, std::span<const RoundSummary> b, const Params& params) {
  std::vector<double> d;
  double own = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!usable(a[i]) || !usable(b[i])) continue;
    d.push_back(std::log(b[i].mean_s / a[i].mean_s));
    own += own_variance(a[i], params) + own_variance(b[i], params);
  }
  Comparison result;
  if (d.size() >= 2) {
    const auto rounds = static_cast<double>(d.size());
    const double m = mean_of(d);
    const double between = std::sqrt(sum_of_squares(d, m) / (rounds - 1) / rounds);
    result = judged(m, std::max(between, std::sqrt(own) / rounds), rounds - 1, params);
  }
  result.rounds = static_cast<int>(d.size());
  return result;
}

Comparison compare_unpaired(std::span<const RoundSummary> a, std::span<const RoundSummary> b,
                            const Params& params) {
  const LogMeans left = log_means(a, params);
  const LogMeans right = log_means(b, params);
  Comparison result;
  if (left.values.size() >= 2 && right.values.size() >= 2) {
    const auto na = static_cast<double>(left.values.size());
    const auto nb = static_cast<double>(right.values.size());
    const double ma = mean_of(left.values);
    const double mb = mean_of(right.values);
    // Each side is at least as uncertain as its rounds say.
    const double va = std::max(sum_of_squares(left.values, ma) / (na - 1) / na, left.own / (na * na));
    const double vb = std::max(sum_of_squares(right.values, mb) / (nb - 1) / nb, right.own / (nb * nb));
    const double v = va + vb;
    const double spread = va * va / (na - 1) + vb * vb / (nb - 1);
    const double df = v * v > 0 && spread > 0 ? v * v / spread : std::min(na, nb) - 1;
    result = judged(mb - ma, std::sqrt(v), df, params);
  }
  result.rounds = static_cast<int>(std::min(left.values.size(), right.values.size()));
  return result;
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return p_values[i] != p_values[j] ? p_values[i] < p_values[j] : i < j;
  });
  std::vector<double> adjusted(p_values.size());
  double running = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    running = std::max(running, std::min(1.0, left * p_values[order[rank]]));
    adjusted[order[rank]] = running;
  }
  return adjusted;
}

}  // namespace deepgap::stats

#include "deepgap/stats/session.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

constexpr std::size_t kFewestForTrend = 4;

std::vector<double> means_of(std::span<const RoundSummary> rounds) {
  std::vector<double> means;
  for (const RoundSummary& r : rounds) means.push_back(r.mean_s);
  return means;
}

}  // namespace

std::optional<SessionTrend> session_trend(std::span<const RoundSummary> rounds, const Params& params) {
  if (!params.session || rounds.size() < kFewestForTrend) return std::nullopt;
  std::vector<double> times;
  for (const RoundSummary& r : rounds) times.push_back(r.at_s);
  const std::vector<double> means = means_of(rounds);
  const double middle = mean_of(times);
  const double mean = mean_of(means);
  const double tt = sum_of_squares(times, middle);
  if (!(tt > 0)) return std::nullopt;
  double ty = 0;
  for (std::size_t i = 0; i < times.size(); ++i) ty += (times[i] - middle) * (means[i] - mean);
  const double slope = ty / tt;
  const double left = std::max(0.0, sum_of_squares(means, mean) - slope * ty);
  const auto df = static_cast<double>(times.size()) - 2;
  const double error = std::sqrt(left / df / tt);
  const auto [first, last] = std::ranges::minmax(times);
  const double reach = std::max(last - first, params.horizon_s);
  const double steepness = std::abs(slope);
  SessionTrend trend;
  if (steepness > t_critical(params.session->trend_level, df) * error) trend.drift_s = steepness * reach;
  trend.bound_s = (steepness + t_critical(0.90, df) * error) * reach;
  return trend;
}

std::optional<double> common_rise(std::span<const RoundSummary> rounds, const Params& params) {
  std::vector<double> rises;
  for (const RoundSummary& r : rounds)
    if (r.rise_s) rises.push_back(*r.rise_s);
  if (!params.session || rises.size() < kFewestForTrend) return std::nullopt;
  const double rise = mean_of(rises);
  const auto df = static_cast<double>(rises.size()) - 1;
  const double error = std::sqrt(sum_of_squares(rises, rise) / df / static_cast<double>(rises.size()));
  const bool detected = std::abs(rise) > t_critical(params.session->trend_level, df) * error;
  if (!detected || std::abs(rise) <= params.target * mean_of(means_of(rounds))) return std::nullopt;
  return std::abs(rise);
}

std::optional<ProcessSpread> process_spread(std::span<const RoundSummary> rounds, const Params& params) {
  if (!params.session) return std::nullopt;
  std::map<std::int64_t, std::vector<double>> processes;
  for (const RoundSummary& r : rounds) processes[r.process].push_back(r.mean_s);
  const auto count = static_cast<double>(processes.size());
  const double inside_df = static_cast<double>(rounds.size()) - count;
  if (processes.size() < 2 || inside_df < 1) return std::nullopt;
  const double mean = mean_of(means_of(rounds));
  double between = 0;
  double inside = 0;
  std::vector<double> means;
  for (const auto& [process, values] : processes) {
    means.push_back(mean_of(values));
    between += static_cast<double>(values.size()) * (means.back() - mean) * (means.back() - mean);
    inside += sum_of_squares(values, means.back());
  }
  const double rounding = 1e-12 * mean;
  const double ratio = between / (count - 1) / std::max(inside / inside_df, rounding * rounding);
  if (f_tail_p(ratio, count - 1, inside_df) > 1 - params.session->process_level) return std::nullopt;
  const auto [low, high] = std::ranges::minmax(means);
  const double s = std::sqrt(sum_of_squares(means, mean_of(means)) / (count - 1));
  return ProcessSpread{high - low, t_critical(params.level_seq, count - 1) * s / std::sqrt(count)};
}

}  // namespace deepgap::stats

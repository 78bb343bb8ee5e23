#include "deepgap/stats/rounds.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"
#include "deepgap/stats/session.hpp"

namespace deepgap::stats {
namespace {

Label merged_label(std::span<const RoundSummary> rounds, const Merged& merged, const Params& params) {
  const auto count = static_cast<int>(rounds.size());
  const auto unsteady = std::count_if(rounds.begin(), rounds.end(),
                                      [](const auto& r) { return r.label == Label::not_stationary; });
  std::int64_t events = 0;
  bool rare = false;
  for (const RoundSummary& r : rounds) {
    events += r.events;
    rare = rare || r.rare;
  }
  if (4 * unsteady > count || merged.drifts || merged.common_rise_s) return Label::not_stationary;
  if (count < 2) return Label::single_round;
  if (rare && events < params.rare_min) return Label::rare_events;
  if (params.session) {  // what was not seen says more than what is wide
    if (count < params.r_modes) return Label::few_rounds;
    if (merged.samples < params.session->few_samples) return Label::few_samples;
  }
  if (*merged.half_s > params.target * *merged.mean_s) return Label::imprecise;
  if (count < params.r_modes) return Label::few_rounds;
  return Label::precise;
}

}  // namespace

RoundSummary summary(const RoundResult& result) {
  const Look& look = result.look;
  return {.label = look.label,
          .mean_s = look.mean_s.value_or(0),
          .half_s = look.half_s,
          .drift_s = look.drift_s.value_or(0),
          .rise_s = look.rise_s,
          .rare = look.rare,
          .events = look.events,
          .samples = look.n_tail};
}

RoundsInterval mean_interval_of_rounds(std::span<const double> values, std::span<const double> within_half,
                                       double level) {
  const auto rounds = static_cast<double>(values.size());
  const double mean = mean_of(values);
  double within = 0;
  for (const double half : within_half) within += half * half;
  within = std::sqrt(within) / rounds;
  if (values.size() < 2) return {mean, within, std::nullopt};
  const double s = std::sqrt(sum_of_squares(values, mean) / (rounds - 1));
  return {mean, std::max(within, t_critical(level, rounds - 1) * s / std::sqrt(rounds)), s};
}

namespace {

constexpr std::size_t kFewestAfterTrend = 5;  // fewer would hide any trend

bool drifts(std::span<const RoundSummary> rounds, const Params& params) {
  const auto trend = session_trend(rounds, params);
  return trend && trend->drift_s > params.target * rounds.front().mean_s;
}

// Leading rounds that a case may lose: while it is plainly not stationary in them, then while the means still
// have a trend, but never more than half of the rounds for that.
std::size_t warm_up_rounds(std::span<const RoundSummary> rounds, const Params& params) {
  std::size_t skip = 0;
  while (static_cast<int>(rounds.size() - skip) > params.r_min && rounds[skip].label == Label::not_stationary)
    ++skip;
  const std::size_t least = std::max<std::size_t>(kFewestAfterTrend, (rounds.size() + 1) / 2);
  const auto spans_horizon = [&](std::size_t first) {
    return rounds.back().at_s - rounds[first].at_s >= params.horizon_s;
  };
  for (std::size_t more = skip; more == skip || (rounds.size() - more >= least && spans_horizon(more));
       ++more)
    if (!drifts(rounds.subspan(more), params)) return more;
  return skip;
}

bool takes_part(const RoundSummary& round) { return round.half_s.has_value(); }

}  // namespace

Merged merge_rounds(std::span<const RoundSummary> all, const Params& params) {
  // When no round can speak for itself, three or more still show how far they differ.
  const bool by_spread = params.session && std::ranges::none_of(all, takes_part);
  std::vector<RoundSummary> kept;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (by_spread ? all[i].samples < 2 : !takes_part(all[i])) continue;
    kept.push_back(all[i]);
    places.push_back(i);
  }
  Merged merged;
  if (kept.empty()) return merged;
  const std::size_t skip = warm_up_rounds(kept, params);
  const auto rounds = std::span{kept}.subspan(skip);

  std::vector<double> means;
  std::vector<double> halves;
  for (const RoundSummary& r : rounds) {
    means.push_back(r.mean_s);
    halves.push_back(r.half_s.value_or(0) + r.drift_s);
    merged.samples += r.samples;
  }
  const RoundsInterval interval = mean_interval_of_rounds(means, halves, params.level_seq);
  merged.rounds = static_cast<int>(rounds.size());
  merged.first = places[skip];
  merged.mean_s = interval.mean;
  merged.between_s = interval.between;
  merged.mode_limit = 1 - std::pow(0.05, 1.0 / static_cast<double>(rounds.size()));
  if (by_spread && merged.rounds < params.r_min) return merged;
  merged.half_s = std::max(interval.half, params.floor * params.target * interval.mean);
  if (const auto processes = process_spread(rounds, params)) {
    merged.process_range_s = processes->range_s;
    merged.half_s = std::max(*merged.half_s, processes->half_s);
  }
  if (const auto trend = session_trend(rounds, params)) {
    merged.drift_bound_s = trend->bound_s;
    merged.drifts = trend->drift_s > params.target * interval.mean;
  }
  merged.common_rise_s = common_rise(rounds, params);
  *merged.half_s += merged.common_rise_s.value_or(0);
  merged.label = merged_label(rounds, merged, params);
  return merged;
}

}  // namespace deepgap::stats

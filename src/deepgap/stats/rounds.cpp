#include "deepgap/stats/rounds.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "deepgap/stats/distribution.hpp"
#include "deepgap/stats/long_run_variance.hpp"

namespace deepgap::stats {
namespace {

Label merged_label(std::span<const RoundSummary> rounds, double half, double mean, const Params& params) {
  const auto count = static_cast<int>(rounds.size());
  const auto unsteady = std::count_if(rounds.begin(), rounds.end(),
                                      [](const auto& r) { return r.label == Label::not_stationary; });
  std::int64_t events = 0;
  bool rare = false;
  for (const RoundSummary& r : rounds) {
    events += r.events;
    rare = rare || r.rare;
  }
  if (4 * unsteady > count) return Label::not_stationary;
  if (count < 2) return Label::single_round;
  if (rare && events < params.rare_min) return Label::rare_events;
  if (half > params.target * mean) return Label::imprecise;
  if (count < params.r_modes) return Label::few_rounds;
  return Label::precise;
}

}  // namespace

RoundSummary summary(const RoundResult& result) {
  const Look& look = result.look;
  return {look.label, look.mean_s.value_or(0), look.half_s, look.drift_s.value_or(0), look.rare, look.events};
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

Merged merge_rounds(std::span<const RoundSummary> all, const Params& params) {
  std::vector<RoundSummary> kept;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].half_s) continue;
    kept.push_back(all[i]);
    places.push_back(i);
  }
  Merged merged;
  if (kept.empty()) return merged;
  std::size_t skip = 0;
  while (static_cast<int>(kept.size() - skip) > params.r_min && kept[skip].label == Label::not_stationary)
    ++skip;
  const auto rounds = std::span{kept}.subspan(skip);

  std::vector<double> means;
  std::vector<double> halves;
  for (const RoundSummary& r : rounds) {
    means.push_back(r.mean_s);
    halves.push_back(*r.half_s + r.drift_s);
  }
  const RoundsInterval interval = mean_interval_of_rounds(means, halves, params.level_seq);
  merged.rounds = static_cast<int>(rounds.size());
  merged.first = places[skip];
  merged.mean_s = interval.mean;
  merged.half_s = std::max(interval.half, params.floor * params.target * interval.mean);
  merged.between_s = interval.between;
  merged.mode_limit = 1 - std::pow(0.05, 1.0 / static_cast<double>(rounds.size()));
  merged.label = merged_label(rounds, *merged.half_s, interval.mean, params);
  return merged;
}

}  // namespace deepgap::stats

#include "deepgap/stats/params.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace deepgap::stats {
namespace {

// Two stages share the error; and where slow calls cluster, the means of ten rounds are skewed.
constexpr double kCautiousLevel = 0.985;

RoundPlan plan(int rounds, int processes, const Params& base) {
  RoundPlan made;
  made.rounds = rounds;
  made.processes = processes;
  made.merged = base;
  made.merged.session.emplace();
  made.round = session_round_params(rounds, base);
  return made;
}

bool between(double value, double above, double below) { return value > above && value < below; }

}  // namespace

double probability(Percentile p) noexcept {
  switch (p) {
    case Percentile::p50: return 0.5;
    case Percentile::p90: return 0.9;
    case Percentile::p95: return 0.95;
    case Percentile::p99: return 0.99;
    case Percentile::p999: return 0.999;
  }
  return 0.5;
}

std::string_view name(Percentile p) noexcept {
  switch (p) {
    case Percentile::p50: return "p50";
    case Percentile::p90: return "p90";
    case Percentile::p95: return "p95";
    case Percentile::p99: return "p99";
    case Percentile::p999: return "p99.9";
  }
  return "";
}

std::optional<Percentile> percentile_from(std::string_view text) noexcept {
  for (const Percentile p : kAllPercentiles)
    if (name(p) == text) return p;
  return std::nullopt;
}

Status check(const Params& p) {
  const auto refuse = [](const char* what) {
    return Error{Errc::invalid_input, std::string{"measuring parameters: "} + what};
  };
  constexpr double kLongest = 1e9;
  if (!between(p.target, 0, 1.0000001)) return refuse("target must be above 0 and at most 1");
  for (const double level : {p.level_seq, p.level, p.trend_level})
    if (!between(level, 0.5, 1)) return refuse("a level must lie between 0.5 and 1");
  if (p.n_min < 1 || p.n_min_slow < 1 || p.n_least < 1)
    return refuse("the least number of samples must be 1 or more");
  if (!(p.t_min_s >= 0 && p.t_min_s < kLongest)) return refuse("t_min_s must be 0 or more");
  if (!between(p.t_cap_s, 0, kLongest)) return refuse("t_cap_s must be above 0");
  if (!between(p.growth, 1, 100)) return refuse("growth must be above 1");
  if (p.base_batches < kMinTail || p.base_batches > 4096) return refuse("base_batches must be 16 to 4096");
  if (!(p.guard >= 0 && p.guard < 1e6)) return refuse("guard must be 0 or more");
  if (!(p.cut_factor >= 1 && p.cut_factor < 1e6)) return refuse("cut_factor must be 1 or more");
  if (!between(p.horizon_s, 0, kLongest)) return refuse("horizon_s must be above 0");
  if (!(p.extrapolate_s >= 0 && p.extrapolate_s < kLongest)) return refuse("extrapolate_s must be 0 or more");
  if (!(p.rare_factor >= 1 && p.rare_factor < 1e6)) return refuse("rare_factor must be 1 or more");
  if (!(p.resolution_s >= 0 && p.resolution_s < kLongest)) return refuse("resolution_s must be 0 or more");
  if (p.r_min < 1 || p.r_modes < 1 || p.rare_min < 1) return refuse("a least number must be 1 or more");
  if (!(p.floor >= 0 && p.floor <= 1)) return refuse("floor must lie between 0 and 1");
  if (!between(p.margin, 0, 10)) return refuse("margin must be above 0");
  return {};
}

Params round_params(int rounds, const Params& base) {
  Params p = base;
  p.target = base.target * std::max(1.0, std::sqrt(static_cast<double>(std::max(rounds, 1))) / 2);
  p.exclude_drift = false;
  p.n_min = 128;
  p.t_cap_s = 12;
  p.trend_level = 0.9995;  // 0.99 spread over some twenty rounds
  return p;
}

Params session_round_params(int rounds, const Params& base) {
  Params p = round_params(rounds, base);
  p.extrapolate_s = 0;
  p.n_least = kFewestCalls;
  return p;
}

RoundPlan quick_plan(const Params& base) {
  RoundPlan made = plan(5, 2, base);
  made.round.n_min = made.round.n_min_slow = 16;
  made.round.t_min_s = 0.05;
  made.round.t_cap_s = 0.5;
  return made;
}

RoundPlan standard_plan(const Params& base) {
  Params stage = base;
  stage.level_seq = kCautiousLevel;
  RoundPlan made = plan(10, 3, stage);
  made.round.n_min = 300;  // ten rounds hold enough to have seen a stall in a thousand
  made.round.n_min_slow = 32;
  made.round.horizon_s = 0.3;
  made.round.t_min_s = 0.1;
  made.round.t_cap_s = 1;
  made.second_rounds = 10;
  made.second_cap_s = 3;
  return made;
}

RoundPlan strict_plan(const Params& base) {
  Params cautious = base;
  cautious.level_seq = kCautiousLevel;
  RoundPlan made = plan(10, 10, cautious);
  made.round.n_min = 300;
  return made;
}

}  // namespace deepgap::stats

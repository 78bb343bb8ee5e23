#include "deepgap/worker/budget.hpp"

#include <algorithm>
#include <cmath>

#include "deepgap/stats/params.hpp"

namespace deepgap::worker {
namespace {

constexpr std::int64_t kFewestRounds = 3;
// What the DEEP-GAP study did: ten sweeps, each repeating three times.
constexpr std::int64_t kStudySweeps = 10, kStudyRepeats = 3, kStudyCalls = 100;
constexpr int kStudyWarmups = 20;
constexpr double kNoCap_s = 1e6;
constexpr double kReserve = 0.9;  // looks, messages and the store take the rest

stats::RoundPlan plan_of(const study::Measure& measure) {
  stats::Params base;
  base.target = measure.target;
  switch (measure.profile) {
    case study::Profile::quick: return stats::quick_plan(base);
    case study::Profile::standard: return stats::standard_plan(base);
    case study::Profile::strict: return stats::strict_plan(base);
  }
  return stats::standard_plan(base);
}

}  // namespace

RoundBudget round_budget(const study::Measure& measure) {
  if (measure.protocol == "deep-gap")
    return {.rounds = kStudySweeps * kStudyRepeats,
            .processes = kStudySweeps,
            .min_samples = kStudyCalls,
            .min_s = 0,
            .cap_s = kNoCap_s,
            .study_protocol = true};
  const stats::RoundPlan plan = plan_of(measure);
  RoundBudget budget{.rounds = plan.rounds,
                     .processes = plan.processes,
                     .min_samples = plan.round.n_min,
                     .slow_samples = plan.round.n_min_slow,
                     .slow_after_s = plan.round.horizon_s,
                     .min_s = plan.round.t_min_s,
                     .cap_s = plan.round.t_cap_s,
                     .level = plan.merged.level_seq,
                     .second_rounds = plan.second_rounds,
                     .second_cap_s = plan.second_cap_s};
  if (measure.rounds) budget.rounds = *measure.rounds;
  if (measure.processes) budget.processes = *measure.processes;
  if (measure.round_min_s) budget.min_s = *measure.round_min_s;
  if (measure.round_cap_s) budget.cap_s = *measure.round_cap_s;
  if (measure.round_min_samples) budget.min_samples = *measure.round_min_samples;
  budget.slow_samples = std::min(budget.slow_samples, budget.min_samples);
  budget.processes = std::min(budget.processes, budget.rounds);
  budget.cap_s = std::max(budget.cap_s, budget.min_s);
  return budget;
}

RoundBudget fit(RoundBudget wanted, double seconds, std::int64_t cases, double start_s) {
  if (wanted.study_protocol) return wanted;  // it has no shorter form: what does not fit is cut off
  const double a_case =
      kReserve * std::max(seconds, 0.0) / static_cast<double>(std::max<std::int64_t>(cases, 1));
  const auto measuring = [&](const RoundBudget& b) {
    return a_case - start_s * static_cast<double>(b.processes);
  };
  if (measuring(wanted) >= wanted.cap_s * static_cast<double>(wanted.rounds)) return wanted;
  wanted.shortened = true;
  wanted.second_rounds = 0;
  while (wanted.processes > 1 && measuring(wanted) < wanted.min_s * static_cast<double>(wanted.rounds))
    --wanted.processes;
  const double affordable = std::floor(measuring(wanted) / wanted.min_s);
  if (affordable < static_cast<double>(wanted.rounds))
    wanted.rounds = std::max(std::min(kFewestRounds, wanted.rounds), static_cast<std::int64_t>(affordable));
  wanted.processes = std::min(wanted.processes, wanted.rounds);
  wanted.cap_s =
      std::clamp(measuring(wanted) / static_cast<double>(wanted.rounds), wanted.min_s, wanted.cap_s);
  return wanted;
}

RoundRequest round_request(const RoundBudget& budget) {
  RoundRequest request;
  request.rounds = static_cast<int>(budget.rounds);
  request.min_samples = budget.min_samples;
  request.slow_samples = budget.slow_samples;
  request.slow_after_s = budget.slow_after_s;
  request.min_s = budget.min_s;
  request.cap_s = budget.cap_s;
  request.level = budget.level;
  if (budget.study_protocol) {
    request.study_warmups = kStudyWarmups;
    request.planned_samples = kStudyCalls;
  }
  return request;
}

RoundBudget second_stage(const RoundBudget& first) {
  RoundBudget both = first;
  both.rounds = first.rounds + first.second_rounds;
  both.processes = first.processes * both.rounds / std::max<std::int64_t>(first.rounds, 1);
  both.cap_s = std::max(first.cap_s, first.second_cap_s);
  both.second_rounds = 0;
  both.stage_first = first.rounds;
  return both;
}

}  // namespace deepgap::worker

#pragma once

#include <optional>
#include <span>

#include "deepgap/stats/rounds.hpp"

// What only shows across the rounds of a session: a trend from round to round, processes that differ.
namespace deepgap::stats {

// Least squares of the round means on time, over the time they span or the horizon, whichever is longer.
struct SessionTrend {
  double drift_s = 0;  // what the slope adds up to, when it is beyond its two-sided level; else 0
  double bound_s = 0;  // one-sided 95 % bound on it
};
// Absent: fewer than 4 rounds, or all at one time.
[[nodiscard]] std::optional<SessionTrend> session_trend(std::span<const RoundSummary> rounds,
                                                        const Params& params);

// What all rounds have in common: their mean rise or fall, when it is beyond its two-sided level by the
// spread of the rounds and above the target; else absent. Finds warm-up longer than a round. Needs 4 rounds.
[[nodiscard]] std::optional<double> common_rise(std::span<const RoundSummary> rounds, const Params& params);

struct ProcessSpread {
  double range_s = 0;  // slowest process less fastest
  double half_s = 0;   // half-width of the mean when the process is the unit
};
// One-way analysis of variance (Fisher 1925); absent when the processes differ no more than their rounds do,
// or when there is one round a process: then rounds are processes.
[[nodiscard]] std::optional<ProcessSpread> process_spread(std::span<const RoundSummary> rounds,
                                                          const Params& params);

}  // namespace deepgap::stats

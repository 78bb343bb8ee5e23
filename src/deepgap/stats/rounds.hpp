#pragma once

#include <optional>
#include <span>

#include "deepgap/stats/label.hpp"
#include "deepgap/stats/sequential.hpp"

// Several rounds of one case made into one result: the round is the unit of replication.
namespace deepgap::stats {

// What merging and comparing need of a round.
struct RoundSummary {
  Label label = Label::too_few;
  double mean_s = 0;
  std::optional<double> half_s;  // absent: the round takes no part
  double drift_s = 0;
  std::optional<double> rise_s;  // what it rose or fell by, after the cut
  bool rare = false;
  std::int64_t events = 0;
  std::int64_t samples = 0;  // after the cut
  double at_s = 0;           // its middle, on a clock that all rounds share
  std::int64_t process = 0;  // that measured it
};
// `at_s` and `process` are the caller's to fill in.
[[nodiscard]] RoundSummary summary(const RoundResult& result);

struct RoundsInterval {
  double mean = 0, half = 0;
  std::optional<double> between;  // standard deviation of the values; absent with one
};

// One value a round with its own half-width; never narrower than what the rounds say of themselves. Not
// empty.
[[nodiscard]] RoundsInterval mean_interval_of_rounds(std::span<const double> values,
                                                     std::span<const double> within_half, double level);

struct Merged {
  Label label = Label::too_few;
  int rounds = 0;  // that took part
  std::size_t first =
      0;  // leading rounds up to here were left out as warm-up of the session, or had no interval
  std::optional<double> mean_s, half_s, between_s;
  std::optional<double> mode_limit;     // a mode taken by fewer than this share of rounds may be unseen
  bool drifts = false;                  // a trend from round to round, above the target, was detected
  std::optional<double> drift_bound_s;  // one-sided 95 % bound on it over the session or the horizon
  std::optional<double> common_rise_s;  // a trend that was detected inside all rounds alike
  // Processes that differ by more than their rounds do: slowest less fastest. They then carry the interval.
  std::optional<double> process_range_s;
  std::int64_t samples = 0;  // of the rounds that took part
};

// In the order of time.
[[nodiscard]] Merged merge_rounds(std::span<const RoundSummary> rounds, const Params& params = {});

}  // namespace deepgap::stats

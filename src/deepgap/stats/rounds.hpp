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
  bool rare = false;
  std::int64_t events = 0;
};
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
  std::optional<double> mode_limit;  // a mode taken by fewer than this share of rounds may be unseen
};

// In the order of time.
[[nodiscard]] Merged merge_rounds(std::span<const RoundSummary> rounds, const Params& params = {});

}  // namespace deepgap::stats

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "deepgap/core/error.hpp"

// Every constant of the measuring procedure (docs/method.md), with its default, and the plans made of them.
// Knows: numbers. Never knows: studies, engines, clocks.
namespace deepgap::stats {

enum class Percentile : std::uint8_t { p50, p90, p95, p99, p999 };
inline constexpr std::size_t kPercentiles = 5;
inline constexpr std::array kAllPercentiles = {Percentile::p50, Percentile::p90, Percentile::p95,
                                               Percentile::p99, Percentile::p999};
[[nodiscard]] double probability(Percentile p) noexcept;
[[nodiscard]] std::string_view name(Percentile p) noexcept;  // "p50", ..., "p99.9"
[[nodiscard]] std::optional<Percentile> percentile_from(std::string_view text) noexcept;

inline constexpr std::int64_t kMinTail = 16;     // fewer samples than this: no interval at all
inline constexpr std::int64_t kFewestCalls = 3;  // of a slow case, in each of several rounds

// What is asked of all rounds of a case together (docs/method.md, section 4).
struct SessionRules {
  double trend_level =
      0.998;  // two-sided, of the tests for a trend from round to round and inside all rounds
  double process_level = 0.999;     // of the test whether processes differ
  std::int64_t few_samples = 3000;  // fewer are labelled: a stall in a thousand calls may be unseen
};

struct Params {
  double target = 0.01;               // wanted relative half-width of the statistic that the rule stops on
  std::optional<Percentile> stop_on;  // that statistic; absent = the mean
  double level_seq = 0.97;            // used inside for a nominal 95 % interval that was stopped on
  double level = 0.95;                // of intervals that nothing was stopped on
  std::int64_t n_min = 512;           // samples needed after the warm-up cut ...
  std::int64_t n_min_slow = 32;       // ... or this many, once they span horizon_s
  double t_min_s = 1;                 // before the first look
  double t_cap_s = 60;                // the round ends then, whatever its precision ...
  std::int64_t n_least = 1;           // ... once it holds this many, unless they take ten times as long
  double growth = 1.3;                // ratio of the sample counts of consecutive looks
  std::int64_t base_batches = 128;    // batches a look: from this to just under twice this
  double guard = 3;                   // standard errors by which a warm-up head must differ to be cut
  double cut_factor = 2;              // how much more than the detected head is cut
  double horizon_s = 30;              // the longest a thermal drift may take to show
  double extrapolate_s = 30;          // a slope counts over this or the series, whichever is longer
  double trend_level = 0.99;          // two-sided level of the trend test
  bool exclude_drift = true;          // go on until a drift above the target is excluded (single round)
  double rare_factor = 3;             // a sample above rare_factor x median is an event
  std::int64_t rare_min = 10;         // 1 .. rare_min - 1 influential events: the mean is not accepted
  double resolution_s = 0;            // timer step; 0 = negligible
  int r_min = 3;                      // rounds that must remain when leading ones are dropped
  int r_modes = 8;       // fewer rounds are labelled: a slow mode of 30 % of rounds may be unseen
  double floor = 0.2;    // no interval narrower than floor x target
  double margin = 0.01;  // equivalence margin of comparisons
  // Absent: rounds are merged as if nothing but chance told them apart.
  std::optional<SessionRules> session;
};

// Errc::invalid_input when a constant is outside what the procedure can work with.
[[nodiscard]] Status check(const Params& params);

// One of `rounds` short rounds: looser than the case, since the spread between rounds carries the interval.
[[nodiscard]] Params round_params(int rounds, const Params& base = {});

// One of `rounds` rounds that are merged by the rules of a session: no drift is extrapolated from it, since
// other rounds tell what comes later, and a slow case gets its few calls.
[[nodiscard]] Params session_round_params(int rounds, const Params& base = {});

// How often a case is visited. A case that is still imprecise after `rounds` gets the second stage, as a
// whole, while there is time; a plan with a second stage pays for it with a higher level in both.
struct RoundPlan {
  int rounds = 10;
  int processes = 1;  // over how many processes they are spread
  Params merged;      // for the merger of all rounds
  Params round;       // for one round
  int second_rounds = 0;
  double second_cap_s = 0;
};
[[nodiscard]] RoundPlan quick_plan(const Params& base = {});  // 5 rounds of 0.05 to 0.5 s
[[nodiscard]] RoundPlan standard_plan(
    const Params& base = {});                                  // 10 of 0.1 to 1 s, then perhaps 10 up to 3 s
[[nodiscard]] RoundPlan strict_plan(const Params& base = {});  // 10 of 1 to 12 s

}  // namespace deepgap::stats

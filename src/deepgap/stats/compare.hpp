#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "deepgap/stats/rounds.hpp"

// Two cases side by side.
namespace deepgap::stats {

enum class Verdict : std::uint8_t { same, faster, slower, cannot_tell };
[[nodiscard]] std::string_view name(Verdict verdict) noexcept;  // "same", "faster", "slower", "cannot tell"

struct Comparison {
  Verdict verdict = Verdict::cannot_tell;
  std::optional<double> ratio, lo, hi;  // mean latency of b over that of a
  std::optional<double> p;              // two-sided, of no difference
  int rounds = 0;                       // pairs; of unpaired rounds the smaller number
};

// a[i] and b[i] were measured in the same round of one session. Pairs without both intervals are left out.
[[nodiscard]] Comparison compare(std::span<const RoundSummary> a, std::span<const RoundSummary> b,
                                 const Params& params = {});

// Rounds of different sessions: Welch's t on the logarithms of the round means. What all rounds of a session
// share (temperature, memory layout, another kernel) is not in the interval.
[[nodiscard]] Comparison compare_unpaired(std::span<const RoundSummary> a, std::span<const RoundSummary> b,
                                          const Params& params = {});

// Holm-adjusted p-values of a table of comparisons, in the same order. faster and slower then need an
// adjusted p below 1 - level_seq.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

}  // namespace deepgap::stats

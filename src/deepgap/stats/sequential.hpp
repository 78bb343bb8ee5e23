#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "deepgap/core/error.hpp"
#include "deepgap/stats/series.hpp"

// When to look at a growing series and when to stop. The measuring loop and the replay of a recorded series
// drive the same object.
namespace deepgap::stats {

enum class StoppedBy : std::uint8_t { precise, time_cap, planned_samples, sample_limit, interrupted };
[[nodiscard]] std::string_view name(
    StoppedBy reason) noexcept;  // "precise", "time cap", "planned samples", ...

// One round. Ask look_due() after every sample; when it says so, look and give the look to judge().
class SequentialRule {
 public:
  // With planned samples (rounds after the first) there is one look, at that count or at the cap.
  explicit SequentialRule(const Params& params, std::optional<std::int64_t> planned_samples = std::nullopt);

  // n samples, the last of which ended at elapsed_s since the round began. Two or three comparisons.
  [[nodiscard]] bool look_due(std::int64_t n, double elapsed_s) const noexcept {
    return capped(n, elapsed_s) ||
           (elapsed_s >= not_before_s_ && (n >= next_n_ || elapsed_s >= regardless_s_));
  }

  // What the look at `elapsed_s` means: a reason to stop, or absent = go on.
  std::optional<StoppedBy> judge(const Look& look, double elapsed_s);

  // Samples at which the next look is due, when that is known; before the first look time may ask for more.
  [[nodiscard]] std::int64_t next_look() const noexcept { return next_n_; }

  // The label of the round that `reason` ended with `look`: a rule that was not met is time_capped.
  [[nodiscard]] Label label(const Look& look, StoppedBy reason) const;

  [[nodiscard]] std::int64_t looks() const noexcept { return looks_; }

 private:
  // A slow case goes on past the cap until it has its least number of calls, but not for ever.
  [[nodiscard]] bool capped(std::int64_t n, double elapsed_s) const noexcept {
    return elapsed_s >= cap_s_ && (n >= params_.n_least || elapsed_s >= kPatience * cap_s_);
  }

  static constexpr double kPatience = 10;
  Params params_;
  std::optional<std::int64_t> planned_;
  double cap_s_, not_before_s_, regardless_s_;
  std::int64_t next_n_;
  std::int64_t looks_ = 0;
  bool precise_before_ = false;
};

// What a round found. `look.label` is the label of the round.
struct RoundResult {
  Look look;
  std::int64_t looks = 0;
  double seconds = 0;  // end of the last sample
  StoppedBy stopped_by = StoppedBy::time_cap;
};

// The rule on a recorded series; a series that ends before the rule stops is treated as capped there.
// Errors as Analyser::look.
[[nodiscard]] Result<RoundResult> measure_round(std::span<const double> latencies_s,
                                                std::span<const double> ends_s, const Params& params = {},
                                                std::optional<std::int64_t> planned_samples = std::nullopt,
                                                Depth depth = Depth::full);

}  // namespace deepgap::stats

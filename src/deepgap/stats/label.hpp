#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace deepgap::stats {

// What a result is worth. The first seven describe one series (docs/method.md); the last three only occur for
// merged rounds.
enum class Label : std::uint8_t {
  too_few,
  not_stationary,
  rare_events,
  imprecise,
  steady,
  precise,
  time_capped,
  single_round,
  few_rounds,
  few_samples
};

inline constexpr Label kAllLabels[] = {
    Label::too_few, Label::not_stationary, Label::rare_events,  Label::imprecise,  Label::steady,
    Label::precise, Label::time_capped,    Label::single_round, Label::few_rounds, Label::few_samples};

[[nodiscard]] std::string_view name(Label label) noexcept;  // "too-few", "not-stationary", ...
[[nodiscard]] std::optional<Label> label_from(std::string_view text) noexcept;

}  // namespace deepgap::stats

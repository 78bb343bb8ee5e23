#include "deepgap/stats/label.hpp"

namespace deepgap::stats {

std::string_view name(Label label) noexcept {
  switch (label) {
    case Label::too_few: return "too-few";
    case Label::not_stationary: return "not-stationary";
    case Label::rare_events: return "rare-events";
    case Label::imprecise: return "imprecise";
    case Label::steady: return "steady";
    case Label::precise: return "precise";
    case Label::time_capped: return "time-capped";
    case Label::single_round: return "single-round";
    case Label::few_rounds: return "few-rounds";
    case Label::few_samples: return "few-samples";
  }
  return "";
}

std::optional<Label> label_from(std::string_view text) noexcept {
  for (const Label label : kAllLabels)
    if (name(label) == text) return label;
  return std::nullopt;
}

}  // namespace deepgap::stats

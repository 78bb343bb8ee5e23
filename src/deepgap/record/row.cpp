#include "deepgap/record/row.hpp"

namespace deepgap::record {

std::string_view name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::completed: return "completed";
    case Outcome::mistrusted: return "mistrusted";
    case Outcome::skipped: return "skipped";
    case Outcome::failed: return "failed";
  }
  return "?";
}

std::optional<Outcome> outcome_from(std::string_view text) noexcept {
  for (const Outcome outcome : {Outcome::completed, Outcome::mistrusted, Outcome::skipped, Outcome::failed})
    if (name(outcome) == text) return outcome;
  return std::nullopt;
}

}  // namespace deepgap::record

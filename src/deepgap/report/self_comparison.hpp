#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "deepgap/stats/self_comparison.hpp"

// A selftest in words and as JSON: what this machine can tell apart, and whether it sees what is not there.
namespace deepgap::report {

struct SelfComparisonView {
  std::string case_a, case_b;  // canonical; equal = one case against itself
  std::string profile;
  std::int64_t processes = 1;  // a side and comparison
  bool same_process = false;
  stats::RepeatedComparison result;
  std::optional<std::string> note;       // what limits the whole, one sentence
  std::optional<std::string> cut_short;  // why there is less than was asked for
  std::int64_t rounds = 0, rounds_without_interval = 0;
};

// "This machine can tell 2.3 % apart in 24s, not 0.5 %."; of two cases which is faster and by how much.
[[nodiscard]] std::string sentence(const SelfComparisonView& view);

// How often a difference was seen, beside how often that happens by design; ends with a newline.
[[nodiscard]] std::string rate_sentence(const SelfComparisonView& view);

// The sentence, the table of times and the rates, at most `width` columns wide; ends with a newline.
[[nodiscard]] std::string to_text(const SelfComparisonView& view, std::size_t width);

// One JSON object; absent is null.
[[nodiscard]] std::string to_json(const SelfComparisonView& view);

}  // namespace deepgap::report

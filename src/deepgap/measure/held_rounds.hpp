#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "deepgap/record/round.hpp"
#include "deepgap/stats/tail_sketch.hpp"

// The rounds of one case in bounded memory: with their samples up to a limit, beyond it with a sketch of
// them.
namespace deepgap::measure {

class HeldRounds {
 public:
  static constexpr std::int64_t kMostSamples = 1'000'000;

  explicit HeldRounds(std::int64_t most_samples = kMostSamples) : most_samples_{most_samples} {}

  void add(record::Round round);  // replaces an equal index

  [[nodiscard]] std::span<const record::Round> all() const noexcept { return rounds_; }  // by index
  // One for each of all(), whose samples are gone then; empty as long as all samples are held.
  [[nodiscard]] std::span<const stats::TailSketch> sketches() const noexcept { return sketches_; }

 private:
  std::int64_t most_samples_;
  std::int64_t held_ = 0;
  std::vector<record::Round> rounds_;
  std::vector<stats::TailSketch> sketches_;
};

// Of what a round holds of its samples after the warm-up.
[[nodiscard]] stats::TailSketch sketch_of(const record::Round& round);

}  // namespace deepgap::measure

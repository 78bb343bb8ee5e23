#pragma once

#include <cstdint>
#include <optional>

#include "deepgap/study/study.hpp"
#include "deepgap/worker/messages.hpp"

// How many rounds and how long each, after profile, study and time budget have had their say. Pure.
namespace deepgap::worker {

struct RoundBudget {
  std::int64_t rounds = 10, processes = 3;
  std::int64_t min_samples = 300, slow_samples = 32;  // slow_samples are enough after slow_after_s
  double slow_after_s = 0.3;
  double min_s = 0.1, cap_s = 1;
  double level = 0.97;
  std::int64_t stage_first = 0;  // index of this stage's first round: a stage has one sample count
  // A case still imprecise after `rounds` gets this many more, of up to this long.
  std::int64_t second_rounds = 0;
  double second_cap_s = 0;
  bool study_protocol = false;  // rounds of 20 unrecorded and 100 recorded calls, whatever they say
  bool shortened = false;       // the time budget forced fewer or shorter rounds than the profile wants
};

// What the profile and the study ask for.
[[nodiscard]] RoundBudget round_budget(const study::Measure& measure);

// The same, made to fit: `cases` cases share `seconds`, each starting a process costs `start_s`. Never under
// 3 rounds of min_s: what does not fit even so is cut off while running.
[[nodiscard]] RoundBudget fit(RoundBudget wanted, double seconds, std::int64_t cases, double start_s);

// What a worker is told of a round under this budget; index, process, target and the like are the caller's.
[[nodiscard]] RoundRequest round_request(const RoundBudget& budget);

// Both stages together, for a case that goes on.
[[nodiscard]] RoundBudget second_stage(const RoundBudget& first);

}  // namespace deepgap::worker

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/study/study.hpp"
#include "deepgap/worker/messages.hpp"

// Which of the cases can run here, from what the engines say of themselves. Pure, but for probe().
namespace deepgap::worker {

// An engine by name and either what it can do or why it cannot be used (with the cure).
struct EngineState {
  std::string name;
  std::optional<Hello> hello;
  std::string why_not;
};

// Asks every named engine (or all known ones when `names` is empty) in a worker of its own.
// Errc::invalid_input for a name that DeepGap does not know.
Result<std::vector<EngineState>> probe_engines(std::span<const std::string> names);

struct PlannedCase {
  study::Case c;
  std::string key;                  // canonical(c)
  std::optional<std::string> skip;  // why it will not run
};

// The study's cases with "auto" resolved and every impossible one marked. An engine asked for by name that
// cannot be used here marks its cases; whether that ends the program is the caller's business.
Result<std::vector<PlannedCase>> plan(const study::Study& study, std::span<const EngineState> engines);

// Marks what only the network itself can tell: an unknown operator, a fixed batch. A model that cannot be
// read marks its cases too. Reads the files; touches no device.
void mark_impossible_models(std::span<PlannedCase> cases, std::uint64_t seed);

}  // namespace deepgap::worker

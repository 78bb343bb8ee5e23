#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/measure/prepare.hpp"
#include "deepgap/record/journal.hpp"
#include "deepgap/worker/subject.hpp"

// One case that is measured again in every window: how far the machine moved between windows.
namespace deepgap::worker {

// Relative standard deviation of the windows' means; absent for fewer than two.
[[nodiscard]] std::optional<double> spread_of(const std::vector<double>& window_means);

class Pilot {
 public:
  Pilot(const PlannedCase& planned, const EngineState& engine, const RunContext& context,
        record::Journal& journal);
  ~Pilot();
  Pilot(const Pilot&) = delete;
  Pilot& operator=(const Pilot&) = delete;

  // A few rounds in a process of their own; kept in the journal beside the case's own as "pilot of RUN:
  // CASE".
  Status visit(measure::ModelCache& models, std::uint64_t window, RoundBudget budget);

  // "between 3 windows the pilot case (...) moved by 1.3 %"; absent until two windows were visited.
  [[nodiscard]] std::optional<std::string> note() const;

 private:
  class Forward;

  const PlannedCase* planned_;
  const EngineState* engine_;
  const RunContext* context_;
  record::Journal* journal_;
  std::vector<double> means_s_;
};

}  // namespace deepgap::worker

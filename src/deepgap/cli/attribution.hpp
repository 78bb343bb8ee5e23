#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/host/devices.hpp"
#include "deepgap/host/machine.hpp"
#include "deepgap/host/peaks.hpp"
#include "deepgap/measure/prepare.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/worker/plan.hpp"

// What limits each row: advise's verdict, given what this run knows of its devices.
namespace deepgap::cli {

class Attribution {
 public:
  // Measures this CPU's peaks when some case computes on it. Nothing else may be running.
  Attribution(const host::Machine& machine, std::span<const worker::PlannedCase> cases);

  // Fills bound_by and bound_evidence. model: nullptr when the network was never made.
  void attribute(record::Row& row, std::span<const record::Round> rounds,
                 const measure::PreparedModel* model) const;

  // What the run keeps: one JSON object.
  [[nodiscard]] std::string settings_json() const;

 private:
  std::optional<host::CpuPeaks> cpu_;
  std::vector<host::DeviceFacts> devices_;  // empty when the table is not there
};

}  // namespace deepgap::cli

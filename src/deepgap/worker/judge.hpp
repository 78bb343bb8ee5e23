#pragma once

#include <span>
#include <string>
#include <vector>

#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/worker/context.hpp"

// What is to be thought of a measured row: warnings, and reasons to mistrust it. Pure.
namespace deepgap::worker {

// Fills the load and energy columns from the rounds, adds warnings, and sets outcome and why:
// `mistrusted` when `doubts` is not empty or the machine or the series gave reason, else `completed`.
void judge(record::Row& row, std::span<const record::Round> rounds, std::vector<std::string> doubts,
           const RunContext& context);

}  // namespace deepgap::worker

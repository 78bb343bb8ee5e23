#pragma once

#include <cstdint>
#include <span>

#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"

// What the DEEP-GAP study would have printed of rounds that were measured its way. For comparison only.
namespace deepgap::measure {

// Mean and nearest-rank percentiles of all calls together, and batch / median as throughput: all without an
// interval, because the study stated none. Says so in a warning. Rounds hold their samples.
void fill_as_the_study(record::Row& row, std::span<const record::Round> rounds, std::int64_t batch);

}  // namespace deepgap::measure

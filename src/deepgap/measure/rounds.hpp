#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "deepgap/measure/round_series.hpp"
#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/stats/rounds.hpp"
#include "deepgap/stats/tail_sketch.hpp"

// Between a round as measured, a round as kept, and the numbers of a row.
namespace deepgap::measure {

// Index, process and time of day are the caller's to fill in, as are the telemetry fields of the blocks and
// energy.
[[nodiscard]] record::Round to_record(RoundSeries series);

[[nodiscard]] stats::RoundSummary summary(const record::Round& round);

// Sample count for the rounds after these: that of the first that is neither not-stationary nor too-few.
[[nodiscard]] std::optional<std::int64_t> planned_samples(std::span<const record::Round> rounds);

struct CaseStatistics {
  stats::Merged merged;
  std::optional<record::Estimate> latency_mean_ms;
  std::optional<record::Estimate> percentile_ms[stats::kPercentiles];           // by stats::Percentile
  std::array<std::optional<std::int64_t>, stats::kPercentiles> samples_needed;  // for those that are absent
  std::optional<record::Estimate> calls_per_s;                                  // counted work over wall time
  std::optional<record::Estimate> device_mean_s;                                // by the device's clock
  std::optional<double> drift_bound;                                            // relative to the mean
  std::int64_t samples = 0, warmup_samples = 0;  // of the rounds that took part
  // Share of all samples by which the ranks of the percentiles may be wrong; absent: every sample was there.
  std::optional<double> rank_error;
};

// The samples that count: those after the warm-up, as far as the round holds them.
[[nodiscard]] std::vector<double> tail_seconds(const record::Round& round);

// Rounds in any order; they are merged in the order of their indices. Rounds that do not make sense (a
// damaged store) take no part. `sketches`: one for each round, for the percentiles; empty = the rounds hold
// their samples.
[[nodiscard]] CaseStatistics merge(std::span<const record::Round> rounds, const stats::Params& params,
                                   std::span<const stats::TailSketch> sketches = {});

// label, rounds, processes, samples, warmup_samples, stopped_by, latency_*_ms, percentiles_needed,
// percentile_rank_error_pct, device_mean_ms, throughput_ips, drift_bound_pct and mode_limit_pct of the row,
// and a warning where processes differ; nothing else is touched.
void fill_statistics(record::Row& row, std::span<const record::Round> rounds, std::int64_t batch,
                     const stats::Params& params, std::span<const stats::TailSketch> sketches = {});

}  // namespace deepgap::measure

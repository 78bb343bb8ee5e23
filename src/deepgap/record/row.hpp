#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/types.hpp"

// What happened: plain results with optional absence. Absent is nullopt: never 0, NaN or "".
// Knows: names and units. Never knows: how numbers came about, files, output formats.
namespace deepgap::record {

// A number with its 95 % interval; an end is absent when it cannot be stated.
struct Estimate {
  double value = 0;
  std::optional<double> lo, hi;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

enum class Outcome : std::uint8_t { completed, mistrusted, skipped, failed };
[[nodiscard]] std::string_view name(Outcome outcome) noexcept;
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view text) noexcept;

// Asked for against read back; absent = could not be read. (engine::Setting, without the dependency.)
struct Setting {
  std::string requested;
  std::optional<std::string> effective;
  friend bool operator==(const Setting&, const Setting&) = default;
};
using Settings = std::map<std::string, Setting, std::less<>>;

// One case and what happened to it. Units are in the names (ips = inferences per second).
struct Row {
  // identity
  std::string case_string;  // canonical case: unique within a store, accepted by `deepgap case`
  std::string run;          // id of the run that finished it
  std::string engine, device, model, scenario = "closed";
  std::optional<std::string> engine_version, device_name, model_hash;
  std::int64_t batch = 1;
  std::optional<std::int64_t> threads, streams;  // effective where known, requested otherwise
  // asked and got
  std::string precision_requested;
  std::optional<std::string> precision_effective;
  Settings settings;
  // outcome
  Outcome outcome = Outcome::failed;
  std::string why;                   // empty only for `completed`
  std::optional<std::string> label;  // METHOD.md 3.8 and 5
  std::optional<std::int64_t> rounds, processes, samples, warmup_samples;
  std::optional<std::string> stopped_by;
  // time
  std::optional<Estimate> latency_mean_ms, latency_p50_ms, latency_p90_ms, latency_p95_ms, latency_p99_ms,
      latency_p999_ms;
  // Percent of all samples by which the ranks of the percentiles may be wrong; absent: every sample was
  // there.
  std::optional<double> percentile_rank_error_pct;
  std::optional<std::string> percentiles_needed;  // calls and time that the absent percentiles would take
  std::optional<Estimate> device_mean_ms, throughput_ips;
  std::optional<double> compile_s, first_call_ms;
  std::optional<std::string> contract;  // what the timed call contains: record::to_text(Contract)
  // cost
  std::optional<double> energy_mj_per_inference, energy_idle_subtracted_mj, power_w, host_memory_peak_mb,
      device_memory_peak_mb;
  // trust
  std::optional<Estimate> accuracy_vs_fp32_top1;
  std::optional<double> accuracy_vs_fp32_sqnr_db, accuracy_top1;
  std::string verified = "not done";  // pass | fail | not done
  std::optional<std::string> verified_detail;
  std::optional<double> foreign_cpu_share, throttled_share, drift_bound_pct, mode_limit_pct;
  std::optional<std::string> bound_by, bound_evidence;
  std::vector<std::string> warnings;  // sentences; each begins with a heading of docs/warnings.md
  // place and time
  std::string host, git_revision, build;
  std::optional<std::string> driver;
  std::string started_at;  // RFC 3339, UTC
  std::optional<double> duration_s;

  friend bool operator==(const Row&, const Row&) = default;
};

}  // namespace deepgap::record

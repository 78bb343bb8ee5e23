#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// One visit to one case: the unit of replication (METHOD.md 5). Times are seconds unless the name says ns.
namespace deepgap::record {

// A stretch of samples between two looks, with what the machine did meanwhile.
struct Block {
  std::int64_t first_sample = 0, samples = 0;
  std::optional<double> foreign_cpu_share = {};  // CPU time of others / CPU time there was, 0..1
  std::optional<double> throttled_share = {};    // share of cgroup periods throttled, 0..1
  std::optional<double> cpu_mhz = {};
  std::optional<double> steal_share = {};  // CPU time that the hypervisor gave to other guests, 0..1
  // Of the case's device where it is not the CPU.
  std::optional<double> device_mhz = {}, device_temperature_c = {}, device_power_w = {};
  std::optional<std::string> throttle_reasons = {};  // "thermal, power cap"; "none"; absent = unknown
  friend bool operator==(const Block&, const Block&) = default;
};

struct Round {
  std::int64_t index = 0;    // 0-based, in the order of the plan; equal indices of two cases are paired
  std::int64_t process = 0;  // 0-based: which worker process of this case ran it
  std::string started_at;    // RFC 3339, UTC
  double duration_s = 0;
  std::string label;       // METHOD.md 3.8
  std::string stopped_by;  // "precise", "time cap", "planned samples", "interrupted"
  std::int64_t samples = 0, warmup_samples = 0, looks = 0;
  double mean_s = 0;
  std::optional<double> half_s, drift_s, drift_bound_s;
  std::optional<double> rise_s;  // what it rose or fell by after the warm-up, significant or not
  bool excluded = false, rare = false;
  std::int64_t events = 0;
  std::int64_t in_flight = 1;              // requests kept busy (queue depth)
  std::optional<double> throughput_per_s;  // requests per second of the tail: counted work over wall time
  // Of a second series with in_flight requests kept busy, when that is more than one; the samples above are
  // of calls one after another. Requests per second, the relative half-width of that, and how many were
  // counted.
  std::optional<double> pipelined_per_s, pipelined_half;
  std::int64_t pipelined_samples = 0;
  std::optional<double> device_mean_s;  // of some calls right after the samples, by the device's clock
  std::optional<double> energy_j, idle_power_w;
  std::vector<Block> blocks;
  std::vector<std::int64_t> latencies_ns;  // every sample in order, warm-up included
  std::vector<std::int64_t> ends_ns;       // end of each call since the round began; same size
  friend bool operator==(const Round&, const Round&) = default;
};

}  // namespace deepgap::record

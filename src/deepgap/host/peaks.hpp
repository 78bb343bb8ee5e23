#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "deepgap/host/machine.hpp"

// What this CPU reaches at most, measured in under half a second: where "62 % of the peak" comes from.
namespace deepgap::host {

struct CpuPeaks {
  int threads = 1;                          // that ran at the same time
  std::optional<double> fp32_per_s;         // operations of a multiply-add loop; one of them counts as two
  std::optional<double> bytes_per_s;        // read in a stream from memory
  std::optional<std::int64_t> cache_bytes;  // the largest cache
  friend bool operator==(const CpuPeaks&, const CpuPeaks&) = default;
};

// One thread a usable core. The best of several short passes: what others take of the CPU meanwhile lowers
// it. bytes_per_s is absent when the largest cache is unknown, or a buffer past it would take too much
// memory or time.
[[nodiscard]] CpuPeaks measure_peaks(const Machine& machine);

// The buffer that is streamed: past the largest cache, within a quarter of the memory that is free and 1 GiB.
[[nodiscard]] std::optional<std::int64_t> stream_bytes(std::optional<std::int64_t> cache_bytes,
                                                       std::optional<std::int64_t> free_bytes);

// Absent is null. Keys are the names above.
[[nodiscard]] nlohmann::json to_json(const CpuPeaks& peaks);

}  // namespace deepgap::host

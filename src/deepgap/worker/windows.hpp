#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Pure planning: which cases are resident together, and in what order their rounds are visited.
namespace deepgap::worker {

struct CaseSize {
  std::string group;     // cases that will be compared: same model and device
  double memory_mb = 0;  // of the host
  double device_mb = 0;  // of a device with its own
};

// What the cases of a window may take together; memory 0 or less: no limit.
struct WindowLimits {
  double memory_mb = 0, device_mb = 0;
  std::size_t cases = 1;
};

// Consecutive indices that fit together. A group is kept whole where it fits; a single case over the limit
// gets a window of its own.
[[nodiscard]] std::vector<std::vector<std::size_t>> cut_windows(std::span<const CaseSize> cases,
                                                                const WindowLimits& limits);

// A permutation of 0..count-1 that depends on seed, window and round alone, the same on every machine.
[[nodiscard]] std::vector<std::size_t> round_order(std::size_t count, std::uint64_t seed,
                                                   std::uint64_t window, std::uint64_t round);

// Which of `processes` worker processes runs round `index` of `rounds`: contiguous, as even as can be.
[[nodiscard]] std::int64_t process_of(std::int64_t index, std::int64_t rounds, std::int64_t processes);

}  // namespace deepgap::worker

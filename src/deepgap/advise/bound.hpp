#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "deepgap/record/round.hpp"
#include "deepgap/record/row.hpp"

// What limits a measured case, with the evidence in one sentence. Pure.
// Knows: rows, rounds, counted work, peaks. Never knows: where peaks come from.
namespace deepgap::advise {

// What one call takes, by counting. 0 = unknown.
struct CallCost {
  double macs = 0;              // multiply-accumulates
  double parameter_bytes = 0;   // as the network stores them
  double activation_bytes = 0;  // every value once
  double copied_bytes = 0;      // inputs and outputs
};

// The most a device can do in the precision of the row.
struct Peaks {
  std::string
      whose;  // ends "62 % of the 3.1 TFLOP/s ...": "this CPU reaches (measured)", "of an L4 (devices.csv)"
  std::optional<double> operations_per_s;  // a multiply-accumulate is two
  std::optional<double> bytes_per_s;       // of memory
  double cache_bytes = 0;  // a network that fits in there need not come from memory again; 0 = unknown
};

struct Bound {
  // host-bound, copy-bound, compute-bound, memory-bound, throttled, contended; absent: none is proven
  std::optional<std::string> by;
  std::string evidence;
  friend bool operator==(const Bound&, const Bound&) = default;
};

// The first that holds of: throttled, contended, host- or copy-bound (where the engine has a device clock),
// compute- or memory-bound (where peaks are known). Absent when nothing can be said.
[[nodiscard]] std::optional<Bound> bound(const record::Row& row, std::span<const record::Round> rounds,
                                         const CallCost& cost, const std::optional<Peaks>& peaks);

}  // namespace deepgap::advise

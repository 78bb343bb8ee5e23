#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"

// Latency series whose truth is known, the same on every machine: for tests and for proving the procedure.
namespace deepgap::stats {

// Doubles in (0, 1) from a counter (splitmix64: Steele, Lea & Flood 2014). `stream` separates uses of one
// seed.
[[nodiscard]] std::vector<double> uniforms(std::uint64_t seed, std::size_t n, std::uint64_t stream = 0);

// Standard normal values (Box and Muller, cosine branch, streams 0 and 1).
[[nodiscard]] std::vector<double> normals(std::uint64_t seed, std::size_t n);

struct Synthetic {
  std::vector<double> latencies_s;
  std::optional<double> true_mean_s;  // absent when there is none
};

struct SynthOptions {
  double base_s = 1e-3;
  std::size_t n = 1000;
  std::uint64_t seed = 1;
  double start_s = 0;  // already elapsed; only "drift" cares
};

// kind: "iid:CV%", "logn", "ar:RHO%", "bimodal", "stalls", "drift:CV%", "warm", "linear", "const", "ticks",
// "step". Errc::invalid_input for any other.
[[nodiscard]] Result<Synthetic> synthesise(std::string_view kind, const SynthOptions& options);

// Running sum: end times of calls that follow each other without a gap.
[[nodiscard]] std::vector<double> ends_of(const std::vector<double>& latencies_s);

}  // namespace deepgap::stats

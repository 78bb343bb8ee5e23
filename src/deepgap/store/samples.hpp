#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// Raw samples as compressed bytes, without loss. Knows: integers and zstd. Never knows: what they mean.
namespace deepgap::store {

struct Series {
  std::vector<std::int64_t> latencies_ns;
  std::vector<std::int64_t> ends_ns;  // as many, or none
  friend bool operator==(const Series&, const Series&) = default;
};

inline constexpr std::size_t kMaxSamples = std::size_t{1} << 26;  // a round: 1 GiB of raw samples

// Layout: version byte (1), flags (bit 0: ends are there), count as 8 bytes, little-endian, then one zstd
// frame with its checksum. Inside, blocks of at most 65536 samples, each with the latencies and then the gaps
// (end - previous end - latency: small and steady where ends are not): minimum (8 bytes), bytes a value (1),
// then value - minimum as byte planes, lowest byte first. A plane of high bytes is almost constant and costs
// almost nothing; differences instead of offsets were no smaller on real series.
// invalid_input: over kMaxSamples. internal: ends are neither as many as latencies nor none.
[[nodiscard]] Result<std::vector<std::byte>> encode_samples(std::span<const std::int64_t> latencies_ns,
                                                            std::span<const std::int64_t> ends_ns);

// Memory grows with what was really decoded, never with what the header promises. invalid_input: anything
// that encode_samples cannot have written.
[[nodiscard]] Result<Series> decode_samples(ConstBytes bytes);

}  // namespace deepgap::store

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What one timed call contains. Two latencies may be compared only when their contracts agree.
// Knows: one canonical text, its meaning in words. Never knows: engines, how a call is timed.
namespace deepgap::record {

enum class Cache : std::uint8_t {
  hot,  // the same buffers, call after call
  cold  // a buffer larger than the last-level cache is swept before each call, outside the timed part
};
enum class Inputs : std::uint8_t {
  reused,  // every call reads the same input
  fresh    // another input is put in place before each call
};

struct Contract {
  std::optional<bool> copies;  // inputs go to another memory and outputs come back within the call
  std::string sync;            // "call-returns", "blocking-wait", "spinning-wait"; "" = cannot be told
  std::int64_t depth = 1;      // calls in flight for throughput; latency is always measured with one
  Cache cache = Cache::hot;
  Inputs inputs = Inputs::reused;
  std::string launch;  // "by-the-engine", "graph-replay", "kernel-by-kernel"; "" = cannot be told
  std::int64_t batch = 1;
  friend bool operator==(const Contract&, const Contract&) = default;
};

// An engine's words as one word of the text: "the call returns" -> "call-returns".
[[nodiscard]] std::string contract_word(std::string_view words);

// "copies=none sync=call-returns depth=1 cache=hot inputs=reused launch=by-the-engine batch=4"
[[nodiscard]] std::string to_text(const Contract& contract);

// Absent for anything that to_text cannot have written: a text of an older store, for example.
[[nodiscard]] std::optional<Contract> parse_contract(std::string_view text);

// For people, without batch: the same for all rows that may be compared at one depth.
[[nodiscard]] std::string words(const Contract& contract);

// words() of a contract's text; the text itself when it is not one.
[[nodiscard]] std::string contract_words(std::string_view text);

}  // namespace deepgap::record

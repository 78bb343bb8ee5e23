#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/stats/sequential.hpp"

// One round's samples as they come in, and what is asked of it. Used by the measuring loop only.
// Knows: nanoseconds, the stopping rule. Never knows: clocks, engines.
namespace deepgap::measure {

struct RoundSpec {
  stats::Params params;
  std::optional<std::int64_t> planned_samples;  // rounds after the first
  int warmup_calls = 3;                         // unrecorded calls before the first sample ...
  double warmup_s = 0.1;  // ... and as many as fill this; both give way to a quarter of the cap
  std::int64_t max_samples = 2'000'000;  // bounds memory (32 bytes each); ends the round like the cap
};

// A stretch of samples without a pause. begin_ns is when the time began in which they were finished.
struct RoundBlock {
  std::int64_t first_sample = 0, samples = 0, begin_ns = 0;
};

struct RoundSeries {
  std::vector<std::int64_t> latencies_ns;  // every sample in order, warm-up included
  std::vector<std::int64_t> ends_ns;       // end of each since the round began, pauses for looks included
  std::vector<RoundBlock> blocks;
  stats::RoundResult result;
  std::int64_t in_flight = 1;
  bool gaps = false;  // something else ran between the calls: their times do not add up to the round's
};

// Memory grows between stretches of samples, never during one.
class SampleStore {
 public:
  SampleStore(const RoundSpec& spec, double resolution_s, std::size_t in_flight);

  // Makes place for the samples up to the next look, as far as that is known; with the first call, guesses
  // from how long a call took.
  void reserve(double call_s);
  [[nodiscard]] bool full() const noexcept { return count_ == series_.latencies_ns.size(); }
  [[nodiscard]] bool at_limit() const noexcept { return static_cast<std::int64_t>(count_) >= limit_; }

  void mark_gaps() noexcept { series_.gaps = true; }

  // A clock too coarse to see the call gives 0; the shortest time it could mean is recorded: 1 ns.
  void add(std::int64_t latency_ns, std::int64_t end_ns) noexcept {
    series_.latencies_ns[count_] = latency_ns > 0 ? latency_ns : 1;
    series_.ends_ns[count_] = end_ns;
    ++count_;
  }

  [[nodiscard]] bool look_due(std::int64_t end_ns) const noexcept {
    return rule_.look_due(static_cast<std::int64_t>(count_), static_cast<double>(end_ns) * 1e-9);
  }

  void begin_block(std::int64_t begin_ns);
  [[nodiscard]] const RoundBlock& end_block();

  // Looks; true = the rule ends the round.
  Result<bool> look();
  // The last look, with everything in it.
  Result<RoundSeries> finish(std::optional<stats::StoppedBy> forced);

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  void grow(std::size_t capacity);
  void convert();
  [[nodiscard]] double elapsed_s() const noexcept;

  RoundSeries series_;
  std::size_t count_ = 0;
  std::int64_t limit_;
  double first_look_s_;
  stats::Analyser analyser_;
  stats::SequentialRule rule_;
  std::optional<stats::StoppedBy> reason_;
  std::vector<double> latencies_s_, ends_s_;
};

}  // namespace deepgap::measure

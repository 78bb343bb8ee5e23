#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/model/random.hpp"

// What the fake pretends: how long a call takes and how it fails. Never reads a clock.
namespace deepgap::engines::null {

using Options = std::map<std::string, std::string, std::less<>>;

enum class Law : std::uint8_t { constant, lognormal, bimodal, ar, drift, stalls, warmup, trace };

// What goes wrong, from call `fail_at` of a session on (0 = while compiling).
enum class Failure : std::uint8_t {
  never,
  unavailable,
  unsupported,
  run,
  output,
  nan,
  crash,
  abort,
  exit,
  oom,
  hang
};

struct Behaviour {
  Law law = Law::constant;
  double latency_us = 0;   // mean of a call in the steady state, batch independent part
  double per_item_us = 0;  // added for every item of the batch
  double precision_gain = 1;
  double cv = 0;  // coefficient of variation of the noise
  double rho = 0.9;
  double drift_per_s = 0;
  double mode_gap = 0.1;
  double switch_probability = 0.01;
  std::int64_t stall_every = 1000;
  double stall_factor = 10;
  double warmup_calls = 50;
  std::vector<double> trace_us;
  std::uint64_t seed = 1;
  Failure fail = Failure::never;
  std::int64_t fail_at = 1;
  std::optional<Precision> runs_as;  // what is "read back" whatever was asked
  std::string mistrust;
  std::optional<double>
      device_share;     // of a call's latency the device is busy, by its own clock; absent: no clock
  bool copies = false;  // pretends that inputs and outputs are copied within the call
};

// Errc::invalid_input with the key, what was given, what is allowed and the nearest spelling.
[[nodiscard]] Result<Behaviour> parse_behaviour(const Options& options);
[[nodiscard]] Options option_texts();

// The latencies of one session, in nanoseconds; the same seed and session give the same series. next()
// neither allocates nor reads a clock: drift follows the sum of what it handed out.
class Latencies {
 public:
  Latencies(const Behaviour& behaviour, std::int64_t batch, Precision precision, std::uint64_t session);

  [[nodiscard]] bool zero() const noexcept { return base_ns_ <= 0 && behaviour_.trace_us.empty(); }
  std::int64_t next() noexcept;

 private:
  double factor() noexcept;
  double noise() noexcept;

  Behaviour behaviour_;
  model::Random random_;
  double base_ns_;
  double sigma_;
  double elapsed_s_ = 0;
  double state_ = 0;  // of the autoregression, in standard deviations
  bool slow_mode_ = false;
  std::int64_t calls_ = 0;
};

}  // namespace deepgap::engines::null

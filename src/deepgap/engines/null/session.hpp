#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/null/behaviour.hpp"
#include "deepgap/engines/null/network.hpp"

namespace deepgap::engines::null {

// Ends the process or waits for ever when `failure` is of that kind, else returns.
void perish(Failure failure);

// A call waits for the latency's end and nothing else: outputs are computed only when an input was handed out
// or outputs were poisoned since the last call. One session is one stream; calls of different sessions
// overlap.
class NullSession final : public engine::Session {
 public:
  NullSession(std::shared_ptr<const Network> network, const Behaviour& behaviour, Precision precision,
              std::uint64_t index);

  [[nodiscard]] Bytes input(std::size_t index) override;
  [[nodiscard]] ConstBytes output(std::size_t index) const override;
  void poison_outputs() override;
  Status run() override;
  Status start() override;
  Status wait() override;
  [[nodiscard]] std::optional<std::int64_t> device_ns() const override;

 private:
  using Clock = std::chrono::steady_clock;

  Status refresh_outputs();
  Status misbehave();
  void spoil_outputs();
  [[nodiscard]] std::string inputs_hash() const;

  std::shared_ptr<const Network> network_;
  Failure fail_;
  std::int64_t fail_at_;
  Latencies latencies_;
  bool immediate_;  // no clock is read at all
  std::optional<double> device_share_;
  std::int64_t latest_ns_ = 0;
  bool changed_ = true;
  std::int64_t calls_ = 0;
  Clock::time_point deadline_;
  Status pending_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<Tensor> right_;  // what outputs_ should hold for the inputs of that hash
  std::string right_for_;
};

}  // namespace deepgap::engines::null

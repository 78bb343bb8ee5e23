#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "deepgap/telemetry/device_watch.hpp"
#include "deepgap/telemetry/nvml.hpp"

// What an NVIDIA card did between two moments.
namespace deepgap::telemetry {

// The energy counter is renewed some ten times a second: over less than this its step is too large a share.
inline constexpr std::chrono::seconds kShortestEnergySpan{1};

class NvmlWatch final : public DeviceWatch {
 public:
  using Clock = std::chrono::steady_clock;
  explicit NvmlWatch(std::unique_ptr<NvmlCard> card, std::function<Clock::time_point()> now = Clock::now);

  void begin() override;
  DeviceState since_last() override;
  std::optional<double> energy_j() override;

 private:
  struct Held {
    Clock::time_point at;
    std::uint64_t bits = 0;
    bool known = false;
    std::optional<std::chrono::nanoseconds> by_power, by_heat;
  };
  Held look();

  std::unique_ptr<NvmlCard> card_;
  std::function<Clock::time_point()> now_;
  Held last_;
  Clock::time_point began_;
  std::optional<std::int64_t> energy_began_mj_;
};

}  // namespace deepgap::telemetry

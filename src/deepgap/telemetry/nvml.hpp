#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "deepgap/core/error.hpp"

// The sensors of one NVIDIA card, through the driver's own library (libnvidia-ml.so.1), opened at run time.
// Knows: NVML's names and units. Never knows: what a reading means.
namespace deepgap::telemetry {

// What NVML answers now; absent = this card or driver does not.
class NvmlCard {
 public:
  NvmlCard() = default;
  NvmlCard(const NvmlCard&) = delete;
  NvmlCard& operator=(const NvmlCard&) = delete;
  virtual ~NvmlCard() = default;

  [[nodiscard]] virtual std::optional<std::int64_t> sm_mhz() = 0;
  [[nodiscard]] virtual std::optional<std::int64_t> temperature_c() = 0;
  [[nodiscard]] virtual std::optional<std::int64_t> power_mw() = 0;
  [[nodiscard]] virtual std::optional<std::int64_t> energy_mj() = 0;          // since the driver was loaded
  [[nodiscard]] virtual std::optional<std::uint64_t> clock_event_bits() = 0;  // nvmlClocksEventReasons...
  // How long the clock was held down for this reason so far.
  [[nodiscard]] virtual std::optional<std::chrono::nanoseconds> held_by_power() = 0;
  [[nodiscard]] virtual std::optional<std::chrono::nanoseconds> held_by_heat() = 0;
};

// The card that CUDA numbers `cuda_index` in this process. Errc::unavailable: no driver, no such card.
[[nodiscard]] Result<std::unique_ptr<NvmlCard>> open_nvml(int cuda_index);

}  // namespace deepgap::telemetry

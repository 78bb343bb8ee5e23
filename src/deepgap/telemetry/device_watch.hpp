#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"

// What a device that is not the CPU did between two moments.
// Knows: nothing but what is asked of a device. Never knows: vendors' libraries (they implement it), results.
namespace deepgap::telemetry {

// Absent = the device does not tell.
struct DeviceState {
  std::optional<double> mhz, temperature_c, power_w;
  // Why its clock was lowered at some time in the span: "thermal, power cap"; "none" when it was not.
  std::optional<std::string> throttle_reasons;
  friend bool operator==(const DeviceState&, const DeviceState&) = default;
};

// One thread. Calls are made between timed calls, never in one; each may take some milliseconds.
class DeviceWatch {
 public:
  DeviceWatch() = default;
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;
  virtual ~DeviceWatch() = default;

  virtual void begin() = 0;              // a span begins
  virtual DeviceState since_last() = 0;  // since the last call of this or begin()
  // Since begin(). Absent when there is no counter, or the span is too short for how seldom it is renewed.
  virtual std::optional<double> energy_j() = 0;
};

// Errc::unavailable: nothing here can watch this device ("cuda:0", ...), and why.
[[nodiscard]] Result<std::unique_ptr<DeviceWatch>> open_device_watch(std::string_view device);

}  // namespace deepgap::telemetry

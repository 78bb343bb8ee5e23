#include "deepgap/telemetry/device_watch.hpp"

#include <fmt/format.h>

namespace deepgap::telemetry {

Result<std::unique_ptr<DeviceWatch>> open_device_watch(std::string_view device) {
  return Error{Errc::unavailable, fmt::format("the state of device '{}' cannot be read", device)};
}

}  // namespace deepgap::telemetry

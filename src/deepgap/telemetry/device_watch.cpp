#include "deepgap/telemetry/device_watch.hpp"

#include <fmt/format.h>

#include <limits>

#include "deepgap/telemetry/files.hpp"
#include "deepgap/telemetry/nvml_watch.hpp"

namespace deepgap::telemetry {

Result<std::unique_ptr<DeviceWatch>> open_device_watch(std::string_view device) {
  constexpr std::string_view kCuda = "cuda:";
  const auto index = device.starts_with(kCuda) ? parse_integer(device.substr(kCuda.size())) : std::nullopt;
  if (!index || *index < 0 || *index > std::numeric_limits<int>::max())
    return Error{Errc::unavailable, fmt::format("the state of device '{}' cannot be read", device)};
  auto card = open_nvml(static_cast<int>(*index));
  if (!card) return std::move(card).error();
  return std::unique_ptr<DeviceWatch>{std::make_unique<NvmlWatch>(*std::move(card))};
}

}  // namespace deepgap::telemetry

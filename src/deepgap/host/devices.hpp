#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"

// What accelerators can do at most, from data/devices.csv: each row with its source.
namespace deepgap::host {

// Rates of dense arithmetic; absent where the device has none of it or the table does not know.
struct DeviceFacts {
  std::string name;                       // "L4"
  std::vector<std::string> driver_names;  // "NVIDIA L4"
  std::optional<double> bytes_per_s;      // of its memory
  std::optional<double> fp32_per_s, tf32_per_s, fp16_per_s, int8_per_s, fp8_per_s;
  std::string source;
};

// Errc::invalid_input: a column is missing or a cell cannot be read; the message names the line.
[[nodiscard]] Result<std::vector<DeviceFacts>> parse_devices(std::string_view csv);

// By the name that the driver gives; nullptr when the table has none like it.
[[nodiscard]] const DeviceFacts* find_device(std::span<const DeviceFacts> devices,
                                             std::string_view driver_name) noexcept;

// bf16 runs at the rate of fp16 on every device that has it, which are those that have tf32.
[[nodiscard]] std::optional<double> operations_per_s(const DeviceFacts& device, std::string_view precision);

// A file of the data/ folder: DEEPGAP_DATA_PATH, else beside the program (../share/deepgap/data for an
// installed one, share/deepgap/data for a build tree). Errc::unavailable: it is in none of them.
[[nodiscard]] Result<std::filesystem::path> data_file(std::string_view name);

// data/devices.csv, read and parsed.
[[nodiscard]] Result<std::vector<DeviceFacts>> load_devices();

}  // namespace deepgap::host

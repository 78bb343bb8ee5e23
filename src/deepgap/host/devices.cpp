#include "deepgap/host/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "deepgap/core/text.hpp"
#include "deepgap/telemetry/files.hpp"

namespace deepgap::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTableLimit = std::size_t{1} << 20;
constexpr double kGiga = 1e9, kTera = 1e12;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// One line by the names of the columns. The table has no quoted cells.
class Line {
 public:
  Line(std::span<const std::string_view> columns, std::string_view text, std::size_t number)
      : columns_{columns}, cells_{split(text, ',')}, number_{number} {}

  [[nodiscard]] bool fits() const { return cells_.size() == columns_.size(); }
  [[nodiscard]] std::string_view text(std::string_view column) const {
    const auto found = std::ranges::find(columns_, column);
    return found == columns_.end() ? std::string_view{}
                                   : cells_[static_cast<std::size_t>(found - columns_.begin())];
  }
  // An empty cell is absent; what is no number above 0 is a fault.
  std::optional<double> number(std::string_view column, double unit) {
    const std::string_view cell = text(column);
    if (cell.empty()) return std::nullopt;
    double value = 0;
    const auto [end, failed] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (failed != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value) || value <= 0) {
      if (!fault_)
        fault_ = Error{Errc::invalid_input,
                       fmt::format("devices.csv, line {}: {} is '{}', a number above 0 is allowed", number_,
                                   column, printable(cell, 40))};
      return std::nullopt;
    }
    return value * unit;
  }
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

 private:
  std::span<const std::string_view> columns_;
  std::vector<std::string_view> cells_;
  std::size_t number_;
  std::optional<Error> fault_;
};

constexpr std::string_view kColumns[] = {"device",      "driver_names", "memory_gb_per_s",
                                         "fp32_tflops", "tf32_tflops",  "fp16_tflops",
                                         "int8_tops",   "fp8_tflops",   "source"};

}  // namespace

Result<std::vector<DeviceFacts>> parse_devices(std::string_view csv) {
  const std::vector<std::string_view> columns = split(telemetry::next_line(csv), ',');
  for (const std::string_view column : kColumns)
    if (std::ranges::find(columns, column) == columns.end())
      return Error{Errc::invalid_input, fmt::format("devices.csv has no column '{}'", column)};
  std::vector<DeviceFacts> devices;
  for (std::size_t number = 2; !csv.empty(); ++number) {
    Line line{columns, telemetry::next_line(csv), number};
    if (!line.fits())
      return Error{Errc::invalid_input,
                   fmt::format("devices.csv, line {}: {} cells are wanted", number, columns.size())};
    DeviceFacts& device = devices.emplace_back();
    device.name = line.text("device");
    device.source = line.text("source");
    for (const std::string_view name : split(line.text("driver_names"), '|'))
      if (!name.empty()) device.driver_names.emplace_back(name);
    device.bytes_per_s = line.number("memory_gb_per_s", kGiga);
    device.fp32_per_s = line.number("fp32_tflops", kTera);
    device.tf32_per_s = line.number("tf32_tflops", kTera);
    device.fp16_per_s = line.number("fp16_tflops", kTera);
    device.int8_per_s = line.number("int8_tops", kTera);
    device.fp8_per_s = line.number("fp8_tflops", kTera);
    if (line.fault()) return *line.fault();
  }
  return devices;
}

const DeviceFacts* find_device(std::span<const DeviceFacts> devices, std::string_view driver_name) noexcept {
  for (const DeviceFacts& device : devices)
    if (std::ranges::find(device.driver_names, driver_name) != device.driver_names.end()) return &device;
  return nullptr;
}

std::optional<double> operations_per_s(const DeviceFacts& device, std::string_view precision) {
  if (precision == "fp32") return device.fp32_per_s;
  if (precision == "tf32") return device.tf32_per_s;
  if (precision == "fp16") return device.fp16_per_s;
  if (precision == "bf16") return device.tf32_per_s ? device.fp16_per_s : std::nullopt;
  if (precision == "int8") return device.int8_per_s;
  if (precision == "fp8") return device.fp8_per_s;
  return std::nullopt;
}

Result<fs::path> data_file(std::string_view name) {
  std::vector<fs::path> folders;
  std::error_code failed;
  if (const char* folder = std::getenv("DEEPGAP_DATA_PATH"); folder != nullptr) {
    folders.emplace_back(folder);
  } else if (const fs::path program = fs::read_symlink("/proc/self/exe", failed); !failed) {
    folders.push_back(program.parent_path() / "share/deepgap/data");
    folders.push_back(program.parent_path().parent_path() / "share/deepgap/data");
  }
  for (const fs::path& folder : folders)
    if (fs::is_regular_file(folder / name, failed)) return folder / name;
  return Error{
      Errc::unavailable,
      fmt::format("{} is not beside the program; set DEEPGAP_DATA_PATH to the folder that has it", name)};
}

Result<std::vector<DeviceFacts>> load_devices() {
  auto file = data_file("devices.csv");
  if (!file) return std::move(file).error();
  const auto text = telemetry::read_text(*file, kTableLimit);
  if (!text) return Error{Errc::unavailable, fmt::format("cannot read {}", file->string())};
  return parse_devices(*text);
}

}  // namespace deepgap::host

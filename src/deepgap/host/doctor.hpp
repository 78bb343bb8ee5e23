#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/host/machine.hpp"
#include "deepgap/telemetry/procfs.hpp"

// Is this machine fit to measure on, and what to change. Pure functions of facts; nothing is read or run here
// but by take_load().
namespace deepgap::host {

// ok: as it should be. note: worth knowing, costs nothing or cannot be changed. warning: numbers may move by
// some per cent. unfit: numbers from here mislead.
enum class Severity : std::uint8_t { ok, note, warning, unfit };
[[nodiscard]] std::string_view name(Severity severity) noexcept;

struct Finding {
  Severity severity = Severity::ok;
  std::string heading;
  std::string detail;
  std::string cure;  // a command to type, or one sentence; "" = none
  std::string id;    // of the warning in docs/warnings.md; "" = none
  friend bool operator==(const Finding&, const Finding&) = default;
};

// What else the machine did during a short window in which this process waited.
struct Load {
  telemetry::BlockLoad cpu;
  std::optional<std::int64_t> thermal_throttles;  // in the window
};
struct LoadSnapshot {
  telemetry::CpuSnapshot cpu;
  std::optional<std::int64_t> thermal_throttles;  // since boot
};
[[nodiscard]] LoadSnapshot take_load(const std::filesystem::path& root = "/");
[[nodiscard]] Load load_between(const LoadSnapshot& a, const LoadSnapshot& b);

// Worst first; of equal severity in a fixed order.
[[nodiscard]] std::vector<Finding> diagnose(const Machine& machine, const Load& load);

[[nodiscard]] Severity worst(std::span<const Finding> findings) noexcept;

// A page for a terminal, at most 100 columns, ending in a newline. `colour`: with escape sequences.
[[nodiscard]] std::string to_text(std::span<const Finding> findings, const Machine& machine, bool colour);

// {"verdict": "warning", "machine": {...}, "findings": [{"severity", "heading", "detail", "cure", "id"}]}
[[nodiscard]] nlohmann::json to_json(std::span<const Finding> findings, const Machine& machine);

}  // namespace deepgap::host

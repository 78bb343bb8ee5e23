#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/telemetry/procfs.hpp"

// Energy of the CPU packages from RAPL counters (/sys/class/powercap). Main memory is not in them.
namespace deepgap::telemetry {

// What one package has used since its counter last began again, in microjoules, and where it begins again.
struct PackageEnergy {
  std::int64_t used_uj = 0;
  std::int64_t range_uj = 0;
  friend bool operator==(const PackageEnergy&, const PackageEnergy&) = default;
};
struct EnergySnapshot {
  std::chrono::steady_clock::time_point at;
  std::vector<PackageEnergy> packages;  // in the order of the zones
};

class Rapl {
 public:
  // Errc::unavailable: why energy is absent on this machine, with the command that cures it where there is
  // one.
  static Result<Rapl> open(const std::filesystem::path& root = "/");
  [[nodiscard]] Result<EnergySnapshot> read() const;

 private:
  struct Zone {
    std::filesystem::path counter;
    std::int64_t range_uj;
  };
  explicit Rapl(std::vector<Zone> zones) : zones_{std::move(zones)} {}
  std::vector<Zone> zones_;
};

// Energy of all packages between two snapshots, one wrap of a counter allowed for. Absent when the window is
// so long that a package could have wrapped twice: then add up shorter windows.
[[nodiscard]] std::optional<double> joules_between(const EnergySnapshot& a, const EnergySnapshot& b);

// The power of a machine that does nothing, from two moments around a wait. Errc::unavailable when it was not
// idle or that cannot be known.
[[nodiscard]] Result<double> idle_power_w(const EnergySnapshot& a, const EnergySnapshot& b,
                                          const BlockLoad& meanwhile);

}  // namespace deepgap::telemetry

#include "deepgap/telemetry/rapl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "deepgap/telemetry/files.hpp"

namespace deepgap::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr double kMostPackageWatts = 1000;  // no package sustains more
constexpr double kIdleBusyShare = 0.05;
constexpr double kLeastWindowS = 0.05;  // the counters move about every millisecond

// "intel-rapl:0" is a package; "intel-rapl:0:0" a part of one; "intel-rapl-mmio:0" the same package again.
bool is_top_zone(std::string_view name) {
  constexpr std::string_view kPrefix = "intel-rapl:";
  return name.starts_with(kPrefix) && name.find(':', kPrefix.size()) == std::string_view::npos;
}

std::vector<fs::path> package_folders(const fs::path& powercap) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (fs::directory_iterator i{powercap, ignored}, end; i != end && !ignored; i.increment(ignored)) {
    const auto name =
        is_top_zone(i->path().filename().string()) ? read_line(i->path() / "name") : std::nullopt;
    if (name && name->starts_with("package")) folders.push_back(i->path());
  }
  std::ranges::sort(folders);
  return folders;
}

}  // namespace

Result<Rapl> Rapl::open(const fs::path& root) {
  const fs::path powercap = root / "sys/class/powercap";
  const std::vector<fs::path> folders = package_folders(powercap);
  if (folders.empty())
    return Error{Errc::unavailable,
                 "no RAPL energy counter here (a virtual machine, or a missing kernel module): "
                 "sudo modprobe intel_rapl_msr"};
  std::vector<Zone> zones;
  for (const fs::path& folder : folders) {
    const auto range = read_integer(folder / "max_energy_range_uj");
    if (!read_integer(folder / "energy_uj") || !range || *range <= 0)
      return Error{
          Errc::unavailable,
          "the RAPL energy counters cannot be read by this user: "
          "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj (until the next boot), or run as root"};
    zones.push_back({folder / "energy_uj", *range});
  }
  return Rapl{std::move(zones)};
}

Result<EnergySnapshot> Rapl::read() const {
  EnergySnapshot snapshot;
  snapshot.at = std::chrono::steady_clock::now();
  for (const Zone& zone : zones_) {
    const auto used = read_integer(zone.counter);
    if (!used || *used < 0)
      return Error{Errc::unavailable, "the RAPL energy counter " + zone.counter.string() + " went away"};
    snapshot.packages.push_back({*used, zone.range_uj});
  }
  return snapshot;
}

std::optional<double> joules_between(const EnergySnapshot& a, const EnergySnapshot& b) {
  const double window_s = std::chrono::duration<double>(b.at - a.at).count();
  if (window_s < 0 || a.packages.empty() || a.packages.size() != b.packages.size()) return std::nullopt;
  double joules = 0;
  for (std::size_t i = 0; i < a.packages.size(); ++i) {
    const auto range_j = static_cast<double>(a.packages[i].range_uj) * 1e-6;
    if (window_s * kMostPackageWatts > range_j) return std::nullopt;
    double used_j = static_cast<double>(b.packages[i].used_uj - a.packages[i].used_uj) * 1e-6;
    if (used_j < 0) used_j += range_j;
    if (used_j < 0) return std::nullopt;
    joules += used_j;
  }
  return joules;
}

Result<double> idle_power_w(const EnergySnapshot& a, const EnergySnapshot& b, const BlockLoad& meanwhile) {
  const double window_s = std::chrono::duration<double>(b.at - a.at).count();
  const auto joules = joules_between(a, b);
  if (!joules || window_s < kLeastWindowS)
    return Error{Errc::unavailable, fmt::format("no idle power from a window of {:.3g} s", window_s)};
  if (!meanwhile.busy_share)
    return Error{Errc::unavailable, "no idle power: whether the CPUs were idle is unknown"};
  if (*meanwhile.busy_share > kIdleBusyShare)
    return Error{Errc::unavailable, fmt::format("no idle power: the machine was {:.0f} % busy, not idle",
                                                100 * *meanwhile.busy_share)};
  return *joules / window_s;
}

}  // namespace deepgap::telemetry

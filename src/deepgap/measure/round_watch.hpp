#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "deepgap/record/round.hpp"
#include "deepgap/telemetry/device_watch.hpp"
#include "deepgap/telemetry/procfs.hpp"
#include "deepgap/telemetry/rapl.hpp"

// What the machine and the device did during each block of a round, and the energy of the whole. One thread.
namespace deepgap::measure {

class RoundWatch {
 public:
  // The round begins now. `device`: nullptr when the case runs on the CPU or its device cannot be watched; it
  // must outlive this. Energy is that of the device where there is one, else that of the CPU packages.
  explicit RoundWatch(telemetry::DeviceWatch* device, const std::filesystem::path& root = "/");

  void end_block(std::int64_t first_sample, std::int64_t samples);
  // The round is over: its blocks, and energy_j where it is known.
  void finish(record::Round& round);

 private:
  telemetry::DeviceWatch* device_;
  telemetry::CpuWatch watch_;
  telemetry::CpuSnapshot first_, last_;
  std::optional<telemetry::Rapl> rapl_;
  std::optional<telemetry::EnergySnapshot> energy_;
  std::vector<record::Block> blocks_;
};

}  // namespace deepgap::measure

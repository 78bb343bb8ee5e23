#pragma once

#include <filesystem>

#include "deepgap/host/machine.hpp"

// Model, instructions and clock of the CPU. Only host/ uses it.
namespace deepgap::host {

// Everything of Cpu but the topology.
[[nodiscard]] Cpu read_cpu(const std::filesystem::path& root, const CpuList& online);

// The hypervisor's name when the CPU says that there is one. Asks the CPU itself when root is "/".
[[nodiscard]] std::optional<std::string> read_hypervisor(const std::filesystem::path& root);

}  // namespace deepgap::host

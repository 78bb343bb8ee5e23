#pragma once

#include <filesystem>
#include <map>
#include <optional>

#include "deepgap/host/machine.hpp"

// Which CPUs share a core, a socket, a cache or a memory node. Only host/ uses it.
namespace deepgap::host {

struct Topology {
  std::map<int, CpuList> siblings;  // CPU → the CPUs of its core, itself included; only those known
  std::optional<int> sockets, physical_cores, numa_nodes;
  Caches caches;
};

[[nodiscard]] Topology read_topology(const std::filesystem::path& root, const CpuList& online);

// What hwloc knows of the machine the program runs on, into what is absent.
void fill_from_hwloc(Topology& topology);

}  // namespace deepgap::host

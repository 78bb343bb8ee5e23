#include "deepgap/host/topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "deepgap/telemetry/files.hpp"

namespace deepgap::host {
namespace {

namespace fs = std::filesystem;
using telemetry::read_integer;
using telemetry::read_line;
using telemetry::read_text;

// "48K", "2048K", "480M"
std::optional<std::int64_t> parse_size(std::string_view text) {
  std::int64_t unit = 1;
  if (text.ends_with('K')) unit = std::int64_t{1} << 10;
  if (text.ends_with('M')) unit = std::int64_t{1} << 20;
  if (text.ends_with('G')) unit = std::int64_t{1} << 30;
  if (unit != 1) text.remove_suffix(1);
  const auto value = telemetry::parse_integer(text);
  if (!value || *value <= 0 || *value > (std::int64_t{1} << 50) / unit) return std::nullopt;
  return *value * unit;
}

void keep_largest(std::optional<std::int64_t>& largest, std::int64_t bytes) {
  largest = std::max(largest.value_or(0), bytes);
}

void read_caches(const fs::path& cpu, Caches& caches) {
  for (int index = 0; index < 8; ++index) {
    const fs::path folder = cpu / "cache" / ("index" + std::to_string(index));
    const auto level = read_integer(folder / "level");
    const auto type = read_line(folder / "type");
    const auto size = read_line(folder / "size");
    const auto bytes = size ? parse_size(*size) : std::nullopt;
    if (!level || !type || !bytes || *type == "Instruction") continue;
    if (*level == 1) keep_largest(caches.l1d_bytes, *bytes);
    if (*level == 2) keep_largest(caches.l2_bytes, *bytes);
    if (*level == 3) keep_largest(caches.l3_bytes, *bytes);
  }
}

std::optional<CpuList> read_siblings(const fs::path& cpu) {
  for (const char* file : {"core_cpus_list", "thread_siblings_list"}) {
    const auto text = read_text(cpu / "topology" / file);
    auto cpus = text ? telemetry::parse_cpu_list(*text) : std::nullopt;
    if (cpus && !cpus->empty()) return cpus;
  }
  return std::nullopt;
}

// Containers may hide /sys; /proc/cpuinfo tells socket and core of each CPU on x86.
void siblings_from_cpuinfo(const fs::path& root, Topology& topology) {
  const auto text = read_text(root / "proc/cpuinfo", std::size_t{4} << 20);
  if (!text) return;
  std::map<std::pair<std::int64_t, std::int64_t>, CpuList> cores;
  std::optional<std::int64_t> cpu, socket;
  std::set<std::int64_t> sockets;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = telemetry::next_line(rest);
    if (const auto number = telemetry::integer_field(line, "processor")) cpu = number;
    if (const auto number = telemetry::integer_field(line, "physical id")) socket = number;
    const auto core = telemetry::integer_field(line, "core id");
    if (!core || !cpu || !socket || *cpu < 0 || *cpu >= telemetry::kCpuLimit) continue;
    cores[{*socket, *core}].push_back(static_cast<int>(*cpu));
    sockets.insert(*socket);
  }
  for (auto& [key, cpus] : cores) {
    std::ranges::sort(cpus);
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    for (const int member : cpus) topology.siblings.emplace(member, cpus);
  }
  if (!topology.sockets && !sockets.empty()) topology.sockets = static_cast<int>(sockets.size());
}

int count(hwloc_topology_t machine, hwloc_obj_type_t type) {
  return std::max(0, hwloc_get_nbobjs_by_type(machine, type));
}

void largest_cache(hwloc_topology_t machine, hwloc_obj_type_t type, std::optional<std::int64_t>& bytes) {
  if (bytes) return;
  for (int i = 0; i < count(machine, type); ++i) {
    const hwloc_obj_t cache = hwloc_get_obj_by_type(machine, type, static_cast<unsigned>(i));
    if (cache != nullptr && cache->attr->cache.size > 0)
      keep_largest(bytes, static_cast<std::int64_t>(cache->attr->cache.size));
  }
}

void fill_siblings(hwloc_topology_t machine, Topology& topology) {
  for (int i = 0; i < count(machine, HWLOC_OBJ_CORE); ++i) {
    const hwloc_obj_t core = hwloc_get_obj_by_type(machine, HWLOC_OBJ_CORE, static_cast<unsigned>(i));
    if (core == nullptr || core->cpuset == nullptr) continue;
    CpuList cpus;
    for (int cpu = hwloc_bitmap_first(core->cpuset); cpu >= 0 && cpu < telemetry::kCpuLimit;
         cpu = hwloc_bitmap_next(core->cpuset, cpu))
      cpus.push_back(cpu);
    for (const int cpu : cpus) topology.siblings.emplace(cpu, cpus);
  }
}

void fill_count(hwloc_topology_t machine, hwloc_obj_type_t type, std::optional<int>& value) {
  if (!value && count(machine, type) > 0) value = count(machine, type);
}

}  // namespace

Topology read_topology(const fs::path& root, const CpuList& online) {
  Topology topology;
  std::set<std::int64_t> sockets;
  for (const int number : online) {
    const fs::path cpu = root / "sys/devices/system/cpu" / ("cpu" + std::to_string(number));
    if (auto siblings = read_siblings(cpu)) topology.siblings.emplace(number, std::move(*siblings));
    if (const auto socket = read_integer(cpu / "topology/physical_package_id"); socket && *socket >= 0)
      sockets.insert(*socket);
    read_caches(cpu, topology.caches);
  }
  if (!sockets.empty()) topology.sockets = static_cast<int>(sockets.size());
  if (topology.siblings.empty()) siblings_from_cpuinfo(root, topology);

  std::set<int> first_of_core;
  for (const auto& [cpu, siblings] : topology.siblings) first_of_core.insert(siblings.front());
  if (!first_of_core.empty()) topology.physical_cores = static_cast<int>(first_of_core.size());

  const auto nodes = read_text(root / "sys/devices/system/node/online");
  const auto list = nodes ? telemetry::parse_cpu_list(*nodes) : std::nullopt;
  if (list && !list->empty()) topology.numa_nodes = static_cast<int>(list->size());
  return topology;
}

void fill_from_hwloc(Topology& topology) {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return;
  const std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)> machine{raw,
                                                                                   hwloc_topology_destroy};
  hwloc_topology_set_flags(raw, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  if (hwloc_topology_load(raw) != 0) return;
  if (topology.siblings.empty()) fill_siblings(raw, topology);
  fill_count(raw, HWLOC_OBJ_PACKAGE, topology.sockets);
  fill_count(raw, HWLOC_OBJ_CORE, topology.physical_cores);
  fill_count(raw, HWLOC_OBJ_NUMANODE, topology.numa_nodes);
  largest_cache(raw, HWLOC_OBJ_L1CACHE, topology.caches.l1d_bytes);
  largest_cache(raw, HWLOC_OBJ_L2CACHE, topology.caches.l2_bytes);
  largest_cache(raw, HWLOC_OBJ_L3CACHE, topology.caches.l3_bytes);
}

}  // namespace deepgap::host

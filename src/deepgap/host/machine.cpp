#include "deepgap/host/machine.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "deepgap/host/cpu.hpp"
#include "deepgap/host/topology.hpp"
#include "deepgap/telemetry/cgroup.hpp"
#include "deepgap/telemetry/files.hpp"
#include "deepgap/telemetry/procfs.hpp"
#include "deepgap/telemetry/rapl.hpp"

namespace deepgap::host {
namespace {

namespace fs = std::filesystem;
using telemetry::read_line;
using telemetry::read_text;

std::optional<std::string> read_os(const fs::path& root) {
  for (const char* file : {"etc/os-release", "usr/lib/os-release"}) {
    const auto text = read_text(root / file);
    std::string_view rest = text ? std::string_view{*text} : std::string_view{};
    while (!rest.empty()) {
      std::string_view line = telemetry::next_line(rest);
      constexpr std::string_view kKey = "PRETTY_NAME=";
      if (!line.starts_with(kKey)) continue;
      line = telemetry::trimmed(line.substr(kKey.size()));
      if (line.size() >= 2 && (line.front() == '"' || line.front() == '\'') && line.back() == line.front())
        line = line.substr(1, line.size() - 2);
      if (!line.empty()) return telemetry::ascii_line(line);
    }
  }
  return std::nullopt;
}

std::optional<std::string> read_product(const fs::path& root) {
  const auto maker = read_line(root / "sys/class/dmi/id/sys_vendor");
  const auto model = read_line(root / "sys/class/dmi/id/product_name");
  if (maker && model) return model->starts_with(*maker) ? *model : *maker + " " + *model;
  if (maker || model) return maker ? maker : model;
  const auto board = read_text(root / "proc/device-tree/model", 4096);
  if (!board || board->empty()) return std::nullopt;
  std::string text = telemetry::ascii_line(std::string_view{*board}.substr(0, board->find('\0')));
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string> read_container(const fs::path& root) {
  std::error_code ignored;
  if (fs::exists(root / ".dockerenv", ignored)) return "docker";
  if (fs::exists(root / "run/.containerenv", ignored)) return "podman";
  return std::nullopt;
}

std::optional<std::int64_t> kib_field(std::string_view text, std::string_view key) {
  const auto kib = telemetry::integer_field(text, key);
  if (!kib || *kib < 0 || *kib > (std::int64_t{1} << 50)) return std::nullopt;
  return *kib * 1024;
}

void read_memory(const fs::path& root, Machine& machine) {
  const auto text = read_text(root / "proc/meminfo");
  if (!text) return;
  machine.memory_bytes = kib_field(*text, "MemTotal");
  machine.memory_available_bytes = kib_field(*text, "MemAvailable");
  const auto swap = kib_field(*text, "SwapTotal");
  const auto swap_free = kib_field(*text, "SwapFree");
  if (swap && swap_free) machine.swap_used_bytes = std::max<std::int64_t>(0, *swap - *swap_free);
}

// Absent unless every usable CPU's core is known: half a count would pass for the whole.
void count_cores(const Topology& topology, Limits& limits) {
  std::set<int> cores;
  for (const int cpu : limits.usable) {
    const auto core = topology.siblings.find(cpu);
    if (core == topology.siblings.end()) return;
    cores.insert(core->second.front());
    limits.shared_cores = limits.shared_cores || !std::ranges::includes(limits.usable, core->second);
  }
  if (!cores.empty()) limits.usable_cores = static_cast<int>(cores.size());
}

Limits read_limits(const fs::path& root, const std::optional<CpuList>& online, const Topology& topology) {
  Limits limits;
  const telemetry::Cgroups groups = telemetry::find_cgroups(root);
  if (const auto quota = telemetry::cpu_quota(groups)) {
    limits.quota_cpus = quota->cpus;
    limits.quota_group = telemetry::ascii_line(quota->folder.string());
    limits.quota_from_parent = quota->from_parent;
    limits.throttled = telemetry::throttle_counters(quota->folder);
  }
  limits.cpuset = telemetry::cpuset(groups);
  limits.affinity = telemetry::affinity(root);
  limits.usable = telemetry::usable_cpus(online, limits.cpuset, limits.affinity);
  count_cores(topology, limits);
  if (const auto memory = telemetry::memory_limit(groups)) {
    limits.memory_bytes = memory->bytes;
    limits.memory_available_bytes = memory->available_bytes;
  }
  return limits;
}

}  // namespace

Machine inspect(const fs::path& root) {
  Machine machine;
  const auto known_online = telemetry::online_cpus(root);
  const CpuList online = known_online.value_or(CpuList{});
  Topology topology = read_topology(root, online);
  if (root == "/") fill_from_hwloc(topology);

  machine.hostname = read_line(root / "proc/sys/kernel/hostname");
  machine.os = read_os(root);
  machine.kernel = read_line(root / "proc/sys/kernel/osrelease");
  machine.hypervisor = read_hypervisor(root);
  machine.container = read_container(root);
  machine.product = read_product(root);
  machine.cpu = read_cpu(root, online);
  machine.cpu.sockets = topology.sockets;
  machine.cpu.physical_cores = topology.physical_cores;
  machine.cpu.caches = topology.caches;
  machine.numa_nodes = topology.numa_nodes;
  if (!machine.cpu.smt && machine.cpu.physical_cores && machine.cpu.logical_cpus)
    machine.cpu.smt = *machine.cpu.physical_cores < *machine.cpu.logical_cpus;
  read_memory(root, machine);
  machine.limits = read_limits(root, known_online, topology);
  if (const auto energy = telemetry::Rapl::open(root); !energy)
    machine.energy_absent = energy.error().message();
  machine.build = this_build();
  return machine;
}

std::optional<std::int64_t> usable_memory_bytes(const Machine& machine) {
  auto usable = machine.memory_available_bytes ? machine.memory_available_bytes : machine.memory_bytes;
  const Limits& limits = machine.limits;
  const auto limit = limits.memory_available_bytes ? limits.memory_available_bytes : limits.memory_bytes;
  if (limit) usable = usable ? std::min(*usable, *limit) : *limit;
  return usable;
}

}  // namespace deepgap::host

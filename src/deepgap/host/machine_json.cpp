#include <nlohmann/json.hpp>

#include "deepgap/host/machine.hpp"

namespace deepgap::host {
namespace {

using nlohmann::json;

template <class T>
json maybe(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json maybe_list(const std::optional<CpuList>& cpus) {
  return cpus ? json(telemetry::to_text(*cpus)) : json(nullptr);
}

json cpu_json(const Cpu& cpu) {
  return {{"model", maybe(cpu.model)},
          {"vendor", maybe(cpu.vendor)},
          {"architecture", cpu.architecture},
          {"sockets", maybe(cpu.sockets)},
          {"physical_cores", maybe(cpu.physical_cores)},
          {"logical_cpus", maybe(cpu.logical_cpus)},
          {"l1d_bytes", maybe(cpu.caches.l1d_bytes)},
          {"l2_bytes", maybe(cpu.caches.l2_bytes)},
          {"l3_bytes", maybe(cpu.caches.l3_bytes)},
          {"isa", cpu.isa},
          {"mhz_now", maybe(cpu.mhz_now)},
          {"mhz_max", maybe(cpu.mhz_max)},
          {"mhz_base", maybe(cpu.mhz_base)},
          {"governor", maybe(cpu.governor)},
          {"frequency_driver", maybe(cpu.frequency_driver)},
          {"turbo", maybe(cpu.turbo)},
          {"smt", maybe(cpu.smt)},
          {"thermal_throttles", maybe(cpu.thermal_throttles)}};
}

json throttled_json(const std::optional<telemetry::ThrottleCounters>& counters) {
  if (!counters) return nullptr;
  return {{"periods", counters->periods},
          {"throttled", counters->throttled},
          {"throttled_s", maybe(counters->throttled_s)}};
}

json limits_json(const Machine& machine) {
  const Limits& limits = machine.limits;
  return {{"quota_cpus", maybe(limits.quota_cpus)},
          {"quota_group", maybe(limits.quota_group)},
          {"quota_from_parent", limits.quota_from_parent},
          {"throttled", throttled_json(limits.throttled)},
          {"cpuset", maybe_list(limits.cpuset)},
          {"affinity", maybe_list(limits.affinity)},
          {"usable", limits.usable.empty() ? json(nullptr) : json(telemetry::to_text(limits.usable))},
          {"usable_cpus", limits.usable.empty() ? json(nullptr) : json(limits.usable.size())},
          {"usable_cores", maybe(limits.usable_cores)},
          {"shared_cores", limits.shared_cores},
          {"memory_bytes", maybe(limits.memory_bytes)},
          {"memory_available_bytes", maybe(limits.memory_available_bytes)},
          {"threads_by_default", default_threads(machine)},
          {"say", say_limit(machine)}};
}

json build_json(const Build& build) {
  return {{"compiler", build.compiler},
          {"type", build.type},
          {"git_revision", maybe(build.git_revision)},
          {"sanitizer", build.sanitizer.empty() ? json(nullptr) : json(build.sanitizer)},
          {"optimised", build.optimised},
          {"assertions", build.assertions}};
}

}  // namespace

json to_json(const Machine& machine) {
  return {{"hostname", maybe(machine.hostname)},
          {"os", maybe(machine.os)},
          {"kernel", maybe(machine.kernel)},
          {"hypervisor", maybe(machine.hypervisor)},
          {"container", maybe(machine.container)},
          {"product", maybe(machine.product)},
          {"cpu", cpu_json(machine.cpu)},
          {"numa_nodes", maybe(machine.numa_nodes)},
          {"memory_bytes", maybe(machine.memory_bytes)},
          {"memory_available_bytes", maybe(machine.memory_available_bytes)},
          {"swap_used_bytes", maybe(machine.swap_used_bytes)},
          {"limits", limits_json(machine)},
          {"energy_absent", maybe(machine.energy_absent)},
          {"build", build_json(machine.build)},
          {"libraries", machine.libraries}};
}

}  // namespace deepgap::host

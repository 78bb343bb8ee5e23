#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "deepgap/host/machine.hpp"
#include "deepgap/record/warnings.hpp"

namespace deepgap::host {
namespace {

// Physical cores this process may use, or the nearest that is known.
std::optional<int> cores_known(const Machine& machine) {
  const Limits& limits = machine.limits;
  if (limits.usable_cores) return limits.usable_cores;
  if (!limits.usable.empty()) return static_cast<int>(limits.usable.size());
  if (machine.cpu.physical_cores) return machine.cpu.physical_cores;
  return machine.cpu.logical_cpus;
}

std::optional<int> cpus_known(const Machine& machine) {
  if (!machine.limits.usable.empty()) return static_cast<int>(machine.limits.usable.size());
  return machine.cpu.logical_cpus;
}

bool quota_binds(const Machine& machine) {
  const auto cores = cores_known(machine);
  return machine.limits.quota_cpus && (!cores || *machine.limits.quota_cpus < *cores);
}

bool set_binds(const Machine& machine) {
  const auto& online = machine.cpu.logical_cpus;
  return online && !machine.limits.usable.empty() && static_cast<int>(machine.limits.usable.size()) < *online;
}

std::string of_all(const Machine& machine) {
  return machine.cpu.logical_cpus ? fmt::format(" of {}", *machine.cpu.logical_cpus) : "";
}

std::string_view set_source(const Limits& limits) {
  if (!limits.cpuset) return "affinity";
  const bool affinity_is_smaller =
      limits.affinity &&
      telemetry::intersection(*limits.cpuset, *limits.affinity).size() < limits.cpuset->size();
  return affinity_is_smaller ? "affinity" : "cpuset";
}

std::string say_quota(const Machine& machine) {
  return fmt::format("limit {:g} CPUs{} (cgroup{})", *machine.limits.quota_cpus, of_all(machine),
                     machine.limits.quota_from_parent ? "; the parent's limit counts" : "");
}

std::string say_set(const Machine& machine) {
  const Limits& limits = machine.limits;
  return fmt::format("limit CPU{} {}{} ({})", limits.usable.size() == 1 ? "" : "s",
                     telemetry::to_text(limits.usable), of_all(machine), set_source(limits));
}

// "8 cores, 16 CPUs", or what of it is known.
std::string say_counts(std::optional<int> cores, std::optional<int> cpus) {
  const auto counted = [](int n, const char* noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
  };
  if (cores && cpus && *cores != *cpus) return counted(*cores, "core") + ", " + counted(*cpus, "CPU");
  if (cores) return counted(*cores, "core");
  return cpus ? counted(*cpus, "CPU") : "number of CPUs unknown";
}

std::string say_shared(const Limits& limits) {
  if (!limits.usable_cores || *limits.usable_cores >= static_cast<int>(limits.usable.size())) return "";
  if (*limits.usable_cores == 1 && limits.usable.size() == 2)
    return "; the two CPUs are one core's threads; a row with 2 threads is marked 'two threads on one core'";
  return fmt::format("; they are {} core{}' threads", *limits.usable_cores,
                     *limits.usable_cores == 1 ? "" : "s");
}

}  // namespace

int default_threads(const Machine& machine) {
  int threads = std::max(1, cores_known(machine).value_or(1));
  if (quota_binds(machine)) threads = std::max(1, static_cast<int>(std::floor(*machine.limits.quota_cpus)));
  return threads;
}

std::int64_t cache_sweep_bytes(const Machine& machine) {
  constexpr std::int64_t kUnknown = std::int64_t{256} << 20, kMost = std::int64_t{1} << 30;
  // Several cores share a last-level cache, on some machines no more than these.
  constexpr int kCoresOfACache = 8;
  const Caches& caches = machine.cpu.caches;
  if (!caches.l2_bytes && !caches.l3_bytes) return kUnknown;
  const int cores = std::max(1, machine.cpu.physical_cores.value_or(1));
  const int shared = std::max({1, machine.cpu.sockets.value_or(1), cores / kCoresOfACache});
  const std::int64_t own = std::min(kMost, caches.l2_bytes.value_or(0));
  const std::int64_t last = std::min(kMost, caches.l3_bytes.value_or(0));
  return std::min(kMost, 2 * (own * cores + last * shared));
}

std::string say_limit(const Machine& machine) {
  const bool quota = quota_binds(machine), set = set_binds(machine);
  const std::string counts = say_counts(machine.limits.usable_cores, cpus_known(machine));
  if (!quota && !set) {
    const auto& above = machine.limits.quota_cpus;
    return above ? fmt::format("{}; the quota of {:g} CPUs is not below the cores", counts, *above)
                 : "no limit; " + counts;
  }
  if (quota && set)
    return say_quota(machine) + ", " + say_set(machine) + "; the smaller of quota and set counts";
  if (quota) return say_quota(machine);
  std::string text = say_set(machine) + say_shared(machine.limits);
  if (machine.limits.quota_cpus)
    text += fmt::format("; quota {:g} CPUs: the smaller of quota and set counts", *machine.limits.quota_cpus);
  return text;
}

std::vector<std::string> thread_warnings(const Machine& machine, int threads) {
  std::vector<std::string> warnings;
  const auto cpus = cpus_known(machine);
  const auto& cores = machine.limits.usable_cores;
  const bool over_quota = quota_binds(machine) && threads > default_threads(machine);
  if (over_quota || (cpus && threads > *cpus)) {
    warnings.push_back(record::warn(
        record::kMoreThreadsThanCores,
        fmt::format("{} threads asked, {} fit: {}", threads, default_threads(machine), say_limit(machine))));
  }
  if (cores && cpus && threads > *cores && threads <= *cpus) {
    warnings.push_back(record::warn(
        record::kThreadsShareCore,
        fmt::format("{} threads on {} ({})", threads, say_counts(cores, std::nullopt),
                    machine.limits.usable.empty() ? "any CPU"
                                                  : "CPUs " + telemetry::to_text(machine.limits.usable))));
  }
  return warnings;
}

}  // namespace deepgap::host

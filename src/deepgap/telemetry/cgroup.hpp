#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "deepgap/telemetry/cpu_list.hpp"

// What this process's control groups (version 1, 2 or both) allow. Knows: /proc/self/cgroup,
// /proc/self/mountinfo and the cgroup file systems under a root folder. Never knows: what the limits are used
// for.
namespace deepgap::telemetry {

// The folders of one hierarchy from this process's group up to what is mounted; only those that exist.
struct CgroupChain {
  int version = 2;
  std::vector<std::filesystem::path> folders;
};

struct Cgroups {
  std::vector<CgroupChain> cpu, cpuset, memory;
};
[[nodiscard]] Cgroups find_cgroups(const std::filesystem::path& root = "/");

struct CpuQuota {
  double cpus = 0;               // CPU seconds a second, over 0
  std::filesystem::path folder;  // of the group that sets it
  bool from_parent = false;      // not this process's own group
};
struct MemoryLimit {
  std::int64_t bytes = 0;
  std::optional<std::int64_t> available_bytes;  // the limit less what the group holds and cannot give up
};
// Counters since the group was made, of one group that has a quota.
struct ThrottleCounters {
  std::int64_t periods = 0, throttled = 0;
  std::optional<double> throttled_s;  // summed over its run queues
  friend bool operator==(const ThrottleCounters&, const ThrottleCounters&) = default;
};

[[nodiscard]] std::optional<CpuQuota> cpu_quota(const Cgroups& groups);  // the smallest; "max", -1 = none
[[nodiscard]] std::optional<CpuList> cpuset(const Cgroups& groups);      // of the nearest group that says
[[nodiscard]] std::optional<MemoryLimit> memory_limit(const Cgroups& groups);  // the smallest
[[nodiscard]] std::vector<std::filesystem::path> groups_with_quota(const Cgroups& groups);
[[nodiscard]] std::optional<ThrottleCounters> throttle_counters(const std::filesystem::path& folder);

}  // namespace deepgap::telemetry

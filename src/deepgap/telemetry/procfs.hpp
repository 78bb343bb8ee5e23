#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "deepgap/telemetry/cgroup.hpp"
#include "deepgap/telemetry/cpu_list.hpp"

// What the CPUs did between two moments, and how much of it was not ours.
// Knows: /proc and /sys under a root folder. Never knows: engines, results, what is too much.
namespace deepgap::telemetry {

// Ticks since boot of one CPU, as /proc/stat counts them.
struct CpuTicks {
  int cpu = 0;
  std::int64_t total = 0;
  std::int64_t idle = 0;   // waiting for disks included
  std::int64_t steal = 0;  // the hypervisor ran somebody else
  friend bool operator==(const CpuTicks&, const CpuTicks&) = default;
};

// Lines "cpuN ..." of /proc/stat in the order of their numbers; lines that cannot be read are left out.
[[nodiscard]] std::vector<CpuTicks> parse_cpu_ticks(std::string_view proc_stat);

// CPU time in ticks of a process and of its children that have ended, from /proc/PID/stat.
[[nodiscard]] std::optional<std::int64_t> parse_process_ticks(std::string_view pid_stat);

struct CpuSnapshot {
  std::chrono::steady_clock::time_point at;
  std::vector<CpuTicks> cpus;       // every CPU that is online, ascending
  CpuList usable;                   // the CPUs whose load matters: this process may run on them; empty = all
  std::optional<double> own_ticks;  // CPU time of this process and its ended children
  std::vector<std::optional<ThrottleCounters>> throttle;  // one a group that has a quota
  std::optional<double> cpu_mhz;                          // mean over some of the usable CPUs
};

// Shares are 0..1 of the time there was on the usable CPUs.
struct BlockLoad {
  double window_s = 0;
  std::optional<double> foreign_cpu_share;  // busy with others; resolution one tick (10 ms) a CPU
  std::optional<double> steal_share;
  std::optional<double> busy_share;       // of all CPUs of the machine, ours included
  std::optional<double> throttled_share;  // of the scheduling periods, in the group throttled most
  std::optional<double> throttled_s;      // of the same group, summed over its run queues
  std::optional<double> cpu_mhz;
};

// A window shorter than this many ticks a CPU gives no shares: ticks are too coarse.
inline constexpr std::int64_t kLeastTicks = 10;

// Takes snapshots of one process's view. The usable CPUs and the groups with a quota are looked up once, so
// that an engine that pins this thread later does not change what is counted. Each take() is a few file
// reads; a source that turns out slow on the real machine (the clock, on old kernels) is left out. One
// thread.
class CpuWatch {
 public:
  explicit CpuWatch(std::filesystem::path root = "/");
  [[nodiscard]] CpuSnapshot take() const;

 private:
  [[nodiscard]] std::optional<double> own_ticks() const;

  std::filesystem::path root_;
  CpuList usable_;
  std::vector<std::filesystem::path> quota_groups_;
  CpuList clocked_;  // CPUs whose clock is read; empty = none
};

[[nodiscard]] CpuSnapshot take(const std::filesystem::path& root = "/");  // CpuWatch{root}.take()
[[nodiscard]] BlockLoad between(const CpuSnapshot& a, const CpuSnapshot& b);

// The CPUs that the scheduler lets this process use (/proc/self/status).
[[nodiscard]] std::optional<CpuList> affinity(const std::filesystem::path& root = "/");
[[nodiscard]] std::optional<CpuList> online_cpus(const std::filesystem::path& root = "/");

// What this process may run on: online, in its control group's set and in its affinity. A set that names no
// CPU that is online is not believed; an affinity always is.
[[nodiscard]] CpuList usable_cpus(const std::optional<CpuList>& online, const std::optional<CpuList>& cpuset,
                                  const std::optional<CpuList>& affinity);

// Mean clock of `cpus` (at most four of them are read) now, in MHz. Absent where the kernel shows a constant:
// in a virtual machine without cpufreq.
[[nodiscard]] std::optional<double> current_mhz(const std::filesystem::path& root, const CpuList& cpus);

// Largest resident size of a process so far (VmHWM), in bytes. pid 0 = this process.
[[nodiscard]] std::optional<std::int64_t> peak_rss_bytes(pid_t pid = 0,
                                                         const std::filesystem::path& root = "/");

// How often cores and packages slowed down from heat since boot; absent when the machine does not count.
[[nodiscard]] std::optional<std::int64_t> thermal_throttle_count(const std::filesystem::path& root = "/");

}  // namespace deepgap::telemetry

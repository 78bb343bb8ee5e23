#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "deepgap/host/build.hpp"
#include "deepgap/telemetry/cgroup.hpp"
#include "deepgap/telemetry/cpu_list.hpp"

// What machine is this, what of it may this process use, and how was the program built.
// Knows: /proc and /sys under a root folder, hwloc on the real machine. Never knows: whether that is good
// (doctor). Whatever cannot be found out is absent.
namespace deepgap::host {

using telemetry::CpuList;

struct Caches {  // bytes of one cache of that level, the largest of the machine
  std::optional<std::int64_t> l1d_bytes, l2_bytes, l3_bytes;
  friend bool operator==(const Caches&, const Caches&) = default;
};

struct Cpu {
  std::optional<std::string> model, vendor;
  std::string architecture;                    // "x86_64", "aarch64": what the program was built for
  std::optional<int> sockets, physical_cores;  // of the whole machine
  std::optional<int> logical_cpus;             // online
  Caches caches;
  std::vector<std::string>
      isa;  // of the flags that matter to inference, those this CPU has; /proc/cpuinfo's names
  std::optional<double> mhz_now, mhz_max, mhz_base;
  std::optional<std::string> governor;  // "performance"; "mixed" when CPUs differ
  std::optional<std::string> frequency_driver;
  std::optional<bool> turbo, smt;
  std::optional<std::int64_t> thermal_throttles;  // since boot
  friend bool operator==(const Cpu&, const Cpu&) = default;
};

// The part of the machine that this process may use. Every limit that was found is kept beside what they come
// to.
struct Limits {
  std::optional<double> quota_cpus;        // CPU time a time, the smallest of this group's and its parents'
  std::optional<std::string> quota_group;  // the file system folder of the group that sets it
  bool quota_from_parent = false;
  std::optional<telemetry::ThrottleCounters> throttled;  // of that group since it was made
  std::optional<CpuList> cpuset, affinity;
  CpuList usable;                   // online, in the set and in the affinity; empty = unknown
  std::optional<int> usable_cores;  // physical cores that `usable` touches
  bool shared_cores = false;        // a core of `usable` has a thread outside it
  std::optional<std::int64_t> memory_bytes,
      memory_available_bytes;  // of the control group; absent = no limit
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Machine {
  std::optional<std::string> hostname, os, kernel;
  std::optional<std::string> hypervisor;  // "KVM", "unknown" when there is one; absent = none seen
  std::optional<std::string> container;   // "docker", "podman"
  std::optional<std::string> product;     // maker and model of the board or virtual machine
  Cpu cpu;
  std::optional<int> numa_nodes;
  std::optional<std::int64_t> memory_bytes, memory_available_bytes, swap_used_bytes;
  Limits limits;
  std::optional<std::string> energy_absent;  // why package energy cannot be read; absent = it can be
  Build build;
  std::map<std::string, std::string> libraries;  // name → version, filled in by the caller
  friend bool operator==(const Machine&, const Machine&) = default;
};

// Reads files under `root` only, unless it is "/": then hwloc and the CPU itself fill in what the files leave
// open.
[[nodiscard]] Machine inspect(const std::filesystem::path& root = "/");

// One thread a usable core, no more than the quota rounded down, at least 1.
[[nodiscard]] int default_threads(const Machine& machine);

// What limits this process, as one line: "limit 1.5 CPUs of 16 (cgroup)"; "no limit: 8 cores, 16 CPUs".
[[nodiscard]] std::string say_limit(const Machine& machine);

// Warnings (record/warnings.hpp) for a case that asks for so many threads; empty when they fit.
[[nodiscard]] std::vector<std::string> thread_warnings(const Machine& machine, int threads);

// The memory this process can still get: the machine's or its group's, whichever is less.
[[nodiscard]] std::optional<std::int64_t> usable_memory_bytes(const Machine& machine);

// A buffer that pushes everything else out of the CPU's caches when all CPUs write to it: twice what they
// hold, within 1 GiB; 256 MiB where they are unknown.
[[nodiscard]] std::int64_t cache_sweep_bytes(const Machine& machine);

// Absent is null. Keys are the names above.
[[nodiscard]] nlohmann::json to_json(const Machine& machine);

}  // namespace deepgap::host

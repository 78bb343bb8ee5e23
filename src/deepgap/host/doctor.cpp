#include "deepgap/host/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deepgap/record/warnings.hpp"

namespace deepgap::host {
namespace {

constexpr double kForeignWarning = 0.03,
                 kForeignUnfit = 0.20;  // METHOD: rows are marked from a few per cent on
constexpr double kStealWarning = 0.01, kStealUnfit = 0.10;
constexpr double kGib = 1024.0 * 1024 * 1024;
constexpr double kMemoryWarningGib = 2, kMemoryUnfitGib = 0.75;  // ResNet-101 in fp32 with its reference: 1.2
constexpr std::int64_t kSwapWorthSaying = std::int64_t{100} << 20;

class Findings {
 public:
  void add(Severity severity, std::string heading, std::string detail, std::string cure = {}) {
    all_.push_back({severity, std::move(heading), std::move(detail), std::move(cure), ""});
  }
  void add(Severity severity, const record::Warning& warning, std::string detail, std::string cure = {}) {
    all_.push_back({severity, std::string{warning.heading}, std::move(detail), std::move(cure),
                    std::string{warning.id}});
  }
  std::vector<Finding> worst_first() && {
    std::ranges::stable_sort(all_, std::ranges::greater{}, &Finding::severity);
    return std::move(all_);
  }

 private:
  std::vector<Finding> all_;
};

double percent(double share) { return 100 * share; }

void check_build(const Build& build, Findings& findings) {
  const std::string text = to_text(build);
  if (!build.sanitizer.empty()) {
    findings.add(Severity::unfit, record::kSanitizerBuild, text + ": everything is several times slower",
                 "make build");
    return;
  }
  if (!build.optimised)
    findings.add(Severity::unfit, record::kDebugBuild, text + ": the harness itself costs time",
                 "make build");
  else if (build.assertions)
    findings.add(Severity::warning, record::kDebugBuild, text + ": assertions cost time in every call",
                 "make build");
  else
    findings.add(Severity::ok, "build", text);
}

void check_foreign_load(const telemetry::BlockLoad& load, Findings& findings) {
  if (load.window_s <= 0) return;  // nobody looked
  if (!load.foreign_cpu_share) {
    findings.add(Severity::note, record::kForeignLoad,
                 "cannot be known: the window was too short, or /proc/stat does not count here");
    return;
  }
  const double share = *load.foreign_cpu_share;
  if (share < kForeignWarning) {
    findings.add(Severity::ok, "idle", fmt::format("others use {:.1f} % of the CPU time", percent(share)));
    return;
  }
  findings.add(
      share < kForeignUnfit ? Severity::warning : Severity::unfit, record::kForeignLoad,
      fmt::format(
          "others used {:.0f} % of the CPU time during {:.1f} s; parallel engines slow down by far more "
          "than that share",
          percent(share), load.window_s),
      "ps -eo pid,user,pcpu,comm --sort=-pcpu | head  # then stop what is not needed");
}

void check_virtual(const Machine& machine, const telemetry::BlockLoad& load, Findings& findings) {
  if (load.steal_share && *load.steal_share >= kStealWarning)
    findings.add(
        *load.steal_share < kStealUnfit ? Severity::warning : Severity::unfit, record::kStolenTime,
        fmt::format("the hypervisor gave {:.1f} % of the CPU time to others", percent(*load.steal_share)),
        "use a machine type with dedicated cores, or measure when its neighbours are quiet");
  if (!machine.hypervisor) return;
  const std::string kind = *machine.hypervisor == "unknown" ? "unknown hypervisor" : *machine.hypervisor;
  findings.add(
      Severity::note, record::kVirtualMachine,
      kind + (machine.product ? " (" + *machine.product + ")" : "") +
          ": clock, energy and neighbours cannot be seen from inside; repeat on another day before you "
          "trust differences of a few per cent");
}

void check_clock(const Machine& machine, Findings& findings) {
  const Cpu& cpu = machine.cpu;
  if (cpu.governor && *cpu.governor != "performance")
    findings.add(
        Severity::warning, record::kPowersaveGovernor,
        fmt::format("governor '{}'{}: the clock follows the load, so short measurements are slow and noisy",
                    *cpu.governor, cpu.frequency_driver ? " of " + *cpu.frequency_driver : ""),
        "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
  else if (cpu.governor)
    findings.add(Severity::ok, "governor", *cpu.governor);

  if (!cpu.turbo) {
    findings.add(machine.hypervisor ? Severity::note : Severity::warning, record::kTurboUnknown,
                 "the clock may change with temperature and with the number of busy cores, unseen",
                 machine.hypervisor ? "" : "turn it off in the firmware's settings to be sure");
  } else if (*cpu.turbo) {
    const bool pstate = cpu.frequency_driver && cpu.frequency_driver->starts_with("intel_");
    findings.add(
        Severity::note, "turbo on",
        "speed depends on temperature and on how many cores are busy; it is what users get, but turn it off "
        "to compare small differences",
        pstate ? "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
               : "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost");
  } else {
    findings.add(Severity::ok, "turbo", "off");
  }
}

void check_heat(const Machine& machine, const Load& load, Findings& findings) {
  if (load.thermal_throttles && *load.thermal_throttles > 0)
    findings.add(
        Severity::unfit, record::kThermalThrottling,
        fmt::format("the CPU slowed down from heat {} times just now, while idle", *load.thermal_throttles),
        "clean or add cooling, or lower the power limit; then run deepgap doctor again");
  else if (machine.cpu.thermal_throttles && *machine.cpu.thermal_throttles > 0)
    findings.add(Severity::note, record::kThermalThrottling,
                 fmt::format("the CPU has slowed down from heat {} times since boot{}",
                             *machine.cpu.thermal_throttles, load.thermal_throttles ? ", not just now" : ""),
                 "grep . /sys/devices/system/cpu/cpu*/thermal_throttle/*_count  # before and after a run");
}

void check_quota(const Machine& machine, const telemetry::BlockLoad& load, Findings& findings) {
  const Limits& limits = machine.limits;
  const auto& cores = limits.usable_cores ? limits.usable_cores : machine.cpu.physical_cores;
  const int seen = cores ? *cores : static_cast<int>(limits.usable.size());
  if (limits.quota_cpus && *limits.quota_cpus < seen)
    findings.add(
        Severity::warning, record::kQuotaBelowCores,
        fmt::format("{}: more than {} thread{} would be stopped for part of every period", say_limit(machine),
                    default_threads(machine), default_threads(machine) == 1 ? "" : "s"),
        "give the container whole cores: docker run --cpuset-cpus=0-3, or a larger --cpus");
  if (load.throttled_share && *load.throttled_share > 0)
    findings.add(Severity::unfit, record::kThrottled,
                 fmt::format("stopped by the quota in {:.0f} % of the periods just now",
                             percent(*load.throttled_share)),
                 "stop what else runs in this container, or raise its quota");
  else if (limits.throttled && limits.throttled->throttled > 0 && limits.throttled->periods > 0)
    findings.add(Severity::note, record::kThrottled,
                 fmt::format("stopped by the quota in {} of {} periods since the container began{}",
                             limits.throttled->throttled, limits.throttled->periods,
                             limits.throttled->throttled_s
                                 ? fmt::format(", {:.1f} s in all", *limits.throttled->throttled_s)
                                 : ""));
}

void check_cores(const Machine& machine, Findings& findings) {
  const Limits& limits = machine.limits;
  const bool pairs = limits.usable_cores && *limits.usable_cores < static_cast<int>(limits.usable.size());
  if (pairs && *limits.usable_cores == 1) {
    findings.add(Severity::warning, record::kThreadsShareCore, say_limit(machine),
                 "taskset -c 0,1 deepgap run ...  # CPUs of different cores: see lscpu -e");
  } else if (pairs) {
    findings.add(Severity::note, "hyper-threads",
                 fmt::format("{} CPUs are the threads of {} cores; one thread a core is used by default",
                             limits.usable.size(), *limits.usable_cores));
  }
  if (limits.shared_cores)
    findings.add(
        Severity::note, "cores shared with others",
        "the other hyper-thread of some of these cores is outside this process's CPUs: what runs there slows "
        "this one down and is not counted as foreign load",
        "lscpu -e  # choose whole cores");
  if (machine.numa_nodes.value_or(1) > 1)
    findings.add(Severity::note, "several memory nodes",
                 fmt::format("{} NUMA nodes: threads that reach across them are slower", *machine.numa_nodes),
                 "numactl --cpunodebind=0 --membind=0 deepgap run ...");
}

void check_memory(const Machine& machine, Findings& findings) {
  if (const auto bytes = usable_memory_bytes(machine)) {
    const double gib = static_cast<double>(*bytes) / kGib;
    if (gib < kMemoryWarningGib)
      findings.add(
          gib < kMemoryUnfitGib ? Severity::unfit : Severity::warning, record::kTooLittleMemory,
          fmt::format("{:.1f} GiB can be used; large models and batches will be killed", gib),
          "ps -eo pid,user,rss,comm --sort=-rss | head  # then free some, or raise the container's limit");
    else
      findings.add(Severity::ok, "memory", fmt::format("{:.1f} GiB can be used", gib));
  }
  if (machine.swap_used_bytes.value_or(0) >= kSwapWorthSaying)
    findings.add(Severity::warning, record::kSwapInUse,
                 fmt::format("{:.1f} GiB lie in swap; a first touch then waits for the disk",
                             static_cast<double>(*machine.swap_used_bytes) / kGib),
                 "sudo swapoff -a && sudo swapon -a");
}

void check_energy(const Machine& machine, Findings& findings) {
  if (!machine.energy_absent) {
    findings.add(Severity::ok, "energy", "CPU package energy can be read (RAPL)");
    return;
  }
  // The reason carries its cure after a colon; inside a virtual machine it would not help.
  const std::string& why = *machine.energy_absent;
  const std::size_t colon = why.find(": sudo ");
  const bool curable = colon != std::string::npos && !machine.hypervisor;
  findings.add(Severity::note, record::kEnergyAbsent, why.substr(0, colon),
               curable ? why.substr(colon + 2) : "");
}

}  // namespace

std::string_view name(Severity severity) noexcept {
  switch (severity) {
    case Severity::ok: return "ok";
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::unfit: return "unfit";
  }
  return "unknown";
}

LoadSnapshot take_load(const std::filesystem::path& root) {
  return {telemetry::take(root), telemetry::thermal_throttle_count(root)};
}

Load load_between(const LoadSnapshot& a, const LoadSnapshot& b) {
  Load load{telemetry::between(a.cpu, b.cpu), std::nullopt};
  if (a.thermal_throttles && b.thermal_throttles)
    load.thermal_throttles = std::max<std::int64_t>(0, *b.thermal_throttles - *a.thermal_throttles);
  return load;
}

std::vector<Finding> diagnose(const Machine& machine, const Load& load) {
  Findings findings;
  check_build(machine.build, findings);
  check_foreign_load(load.cpu, findings);
  check_virtual(machine, load.cpu, findings);
  check_clock(machine, findings);
  check_heat(machine, load, findings);
  check_quota(machine, load.cpu, findings);
  check_cores(machine, findings);
  check_memory(machine, findings);
  check_energy(machine, findings);
  return std::move(findings).worst_first();
}

Severity worst(std::span<const Finding> findings) noexcept {
  Severity worst = Severity::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.severity);
  return worst;
}

}  // namespace deepgap::host

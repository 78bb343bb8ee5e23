#include "deepgap/host/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake_root.hpp"

namespace deepgap::host {
namespace {

using test::FakeRoot;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kKib = 1024, kMib = kKib * 1024;

TEST(Inspect, ReadsAServer) {
  const Machine machine = inspect(DEEPGAP_TEST_DATA "/host/two_sockets");
  const Cpu& cpu = machine.cpu;
  EXPECT_EQ(cpu.model, "Intel(R) Xeon(R) Gold 6438Y+");
  EXPECT_EQ(cpu.vendor, "GenuineIntel");
  EXPECT_EQ(cpu.sockets, 2);
  EXPECT_EQ(cpu.physical_cores, 8);
  EXPECT_EQ(cpu.logical_cpus, 16);
  EXPECT_EQ(cpu.caches, (Caches{48 * kKib, 2 * kMib, 60 * kMib}));
  EXPECT_THAT(cpu.isa, ElementsAre("sse4_2", "avx", "f16c", "fma", "avx2", "avx_vnni", "avx512f", "avx512bw",
                                   "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_tile",
                                   "amx_int8", "amx_bf16"));
  EXPECT_EQ(cpu.mhz_now, 2600);  // of CPUs 0, 4, 8 and 12
  EXPECT_EQ(cpu.mhz_max, 4000);
  EXPECT_EQ(cpu.mhz_base, 2000);
  EXPECT_EQ(cpu.governor, "powersave");
  EXPECT_EQ(cpu.frequency_driver, "intel_pstate");
  EXPECT_EQ(cpu.turbo, true);
  EXPECT_EQ(cpu.smt, true);
  EXPECT_EQ(cpu.thermal_throttles, 7);
  EXPECT_EQ(machine.numa_nodes, 2);
  EXPECT_EQ(machine.hostname, "rack7");
  EXPECT_EQ(machine.os, "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(machine.kernel, "6.1.0-18-amd64");
  EXPECT_EQ(machine.product, "Dell Inc. PowerEdge R760");
  EXPECT_EQ(machine.hypervisor, std::nullopt);
  EXPECT_EQ(machine.container, std::nullopt);
  EXPECT_EQ(machine.memory_bytes, 131072000 * kKib);
  EXPECT_EQ(machine.swap_used_bytes, 2097152 * kKib);
  EXPECT_EQ(machine.energy_absent, std::nullopt);
  EXPECT_EQ(machine.limits.quota_cpus, std::nullopt);
  EXPECT_EQ(default_threads(machine), 8);
}

TEST(Inspect, ReadsArm) {
  const Machine machine = inspect(DEEPGAP_TEST_DATA "/host/arm_virtual");
  EXPECT_EQ(machine.cpu.vendor, "ARM");
  EXPECT_EQ(machine.cpu.model, "Neoverse-V1");
  EXPECT_THAT(machine.cpu.isa, ElementsAre("asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve"));
  EXPECT_EQ(machine.cpu.smt, false);
  EXPECT_EQ(machine.cpu.turbo, std::nullopt);
  EXPECT_EQ(machine.product, "Amazon EC2 c7g.xlarge");
  EXPECT_EQ(machine.os, "Amazon Linux 2023");
  EXPECT_EQ(default_threads(machine), 4);
}

TEST(Inspect, KnowsNothingOfAnEmptyRoot) {
  FakeRoot root;
  Machine machine = inspect(root.path());
  EXPECT_TRUE(machine.energy_absent.has_value());
  machine.energy_absent.reset();
  Machine nothing;
  nothing.build = machine.build;
  nothing.cpu.architecture = machine.cpu.architecture;
  EXPECT_EQ(machine, nothing);
}

TEST(Inspect, BelievesNoGarbage) {
  FakeRoot root;
  const std::string noise(100'000, '\xff');
  for (const char* file :
       {"proc/cpuinfo", "proc/stat", "proc/meminfo", "proc/self/status", "proc/self/cgroup",
        "proc/self/mountinfo", "proc/self/stat", "etc/os-release", "sys/devices/system/cpu/online",
        "sys/devices/system/cpu/smt/active", "sys/devices/system/cpu/cpu0/topology/thread_siblings_list",
        "sys/devices/system/cpu/cpufreq/boost", "sys/devices/system/cpu/intel_pstate/no_turbo",
        "sys/devices/system/node/online", "sys/fs/cgroup/cpu.max", "sys/fs/cgroup/memory.max",
        "sys/fs/cgroup/cpuset.cpus.effective"})
    root.write(file, noise);
  const Machine machine = inspect(root.path());
  EXPECT_EQ(machine.cpu.logical_cpus, std::nullopt);
  EXPECT_EQ(machine.cpu.turbo, std::nullopt);
  EXPECT_EQ(machine.cpu.smt, std::nullopt);
  EXPECT_EQ(machine.memory_bytes, std::nullopt);
  EXPECT_EQ(machine.limits, Limits{});
  EXPECT_EQ(default_threads(machine), 1);
  EXPECT_NO_THROW((void)to_json(machine).dump());
}

TEST(Inspect, TextThatIsNotAsciiNeverBreaksTheJson) {
  FakeRoot root;
  root.write("proc/sys/kernel/hostname", "h\xc3\x28ost\n")
      .write("proc/cpuinfo", "model name : \xff\xfe CPU\n");
  root.write("etc/os-release", "PRETTY_NAME=\"\x80\"\n").write("sys/class/dmi/id/sys_vendor", "\xf0\n");
  const Machine machine = inspect(root.path());
  EXPECT_EQ(machine.cpu.model, "?? CPU");
  EXPECT_NO_THROW((void)to_json(machine).dump());
}

TEST(Inspect, CountsCoresFromCpuinfoWhenSysIsHidden) {
  FakeRoot root;
  std::string cpuinfo, stat;
  for (int cpu = 0; cpu < 8; ++cpu) {
    cpuinfo += "processor : " + std::to_string(cpu) + "\nphysical id : " + std::to_string(cpu % 4 / 2) +
               "\ncore id : " + std::to_string(cpu % 2) + "\n\n";
    stat += "cpu" + std::to_string(cpu) + " 1 1 1 1\n";
  }
  root.write("proc/cpuinfo", cpuinfo).write("proc/stat", stat);
  const Machine machine = inspect(root.path());
  EXPECT_EQ(machine.cpu.sockets, 2);
  EXPECT_EQ(machine.cpu.physical_cores, 4);
  EXPECT_EQ(machine.cpu.smt, true);
  EXPECT_EQ(default_threads(machine), 4);
}

TEST(Inspect, SeesAVirtualMachineAndAContainer) {
  FakeRoot root;
  root.write("proc/cpuinfo", "flags : fpu avx hypervisor\ncpu MHz : 2600.000\n").write(".dockerenv", "");
  const Machine machine = inspect(root.path());
  EXPECT_EQ(machine.hypervisor, "unknown");
  EXPECT_EQ(machine.container, "docker");
  EXPECT_EQ(machine.cpu.mhz_now, std::nullopt);
  EXPECT_EQ(machine.cpu.mhz_base, 2600);
}

TEST(Inspect, SaysMixedWhenGovernorsDiffer) {
  FakeRoot root;
  root.write("sys/devices/system/cpu/online", "0-1").write("sys/devices/system/cpu/cpufreq/boost", "0\n");
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  root.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "schedutil\n");
  EXPECT_EQ(inspect(root.path()).cpu.governor, "mixed");
  EXPECT_EQ(inspect(root.path()).cpu.turbo, false);
}

TEST(Inspect, OfThisMachineFindsWhatEveryLinuxHas) {
  const Machine machine = inspect();
  EXPECT_GE(default_threads(machine), 1);
  EXPECT_GE(machine.cpu.logical_cpus.value_or(0), default_threads(machine));
  EXPECT_GT(machine.memory_bytes.value_or(0), 0);
  EXPECT_TRUE(machine.kernel.has_value());
}

TEST(MachineJson, KeepsAbsentAsNull) {
  const nlohmann::json json = to_json(Machine{});
  EXPECT_TRUE(json["cpu"]["model"].is_null());
  EXPECT_TRUE(json["limits"]["quota_cpus"].is_null());
  EXPECT_TRUE(json["limits"]["usable"].is_null());
  EXPECT_TRUE(json["build"]["git_revision"].is_null());
  EXPECT_EQ(json["limits"]["threads_by_default"], 1);
}

TEST(MachineJson, ShowsEveryLimit) {
  Machine machine = inspect(DEEPGAP_TEST_DATA "/host/h01-container-cpus/v2_parent_limits");
  machine.libraries["openvino"] = "2026.4.1";
  const nlohmann::json json = to_json(machine);
  EXPECT_EQ(json["limits"]["quota_cpus"], 2.0);
  EXPECT_EQ(json["limits"]["quota_from_parent"], true);
  EXPECT_THAT(json["limits"]["quota_group"].get<std::string>(), HasSubstr("kubepods/pod1"));
  EXPECT_EQ(json["limits"]["cpuset"], "0-15");
  EXPECT_EQ(json["limits"]["memory_bytes"], 2147483648);
  EXPECT_EQ(json["limits"]["say"], say_limit(machine));
  EXPECT_EQ(json["libraries"]["openvino"], "2026.4.1");
}

}  // namespace
}  // namespace deepgap::host

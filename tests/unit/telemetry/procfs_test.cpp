#include "deepgap/telemetry/procfs.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fake_root.hpp"

namespace deepgap::telemetry {
namespace {

using test::FakeRoot;
using namespace std::chrono_literals;

CpuTicks cpu(int number, std::int64_t total, std::int64_t idle, std::int64_t steal = 0) {
  return {number, total, idle, steal};
}

// Two CPUs, 100 ticks each between the snapshots.
struct Pair {
  CpuSnapshot a, b;
};
Pair two_cpus(std::int64_t busy0, std::int64_t busy1, double own) {
  Pair pair;
  pair.a.cpus = {cpu(0, 1000, 500), cpu(1, 2000, 700)};
  pair.b.cpus = {cpu(0, 1100, 600 - busy0), cpu(1, 2100, 800 - busy1)};
  pair.a.own_ticks = 50;
  pair.b.own_ticks = 50 + own;
  pair.b.at = pair.a.at + 1s;
  return pair;
}

TEST(ParseCpuTicks, AddsUpTimeAndLeavesGuestsOut) {
  const auto cpus = parse_cpu_ticks(
      "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 10 20 30 400 50 6 7 8 900 900\ncpu3 1 1 1 1 1 1 1 1 0 0\nintr 5 "
      "5\ncpu9 1 1 1 1\n");
  ASSERT_EQ(cpus.size(), 2U);
  EXPECT_EQ(cpus[0], cpu(0, 531, 450, 8));
  EXPECT_EQ(cpus[1].cpu, 3);
}

TEST(ParseCpuTicks, TakesOldKernelsWithFourColumns) {
  EXPECT_EQ(parse_cpu_ticks("cpu0 10 20 30 40\n"), std::vector{cpu(0, 100, 40)});
}

TEST(ParseCpuTicks, LeavesOutWhatCannotBeRead) {
  const auto cpus = parse_cpu_ticks(
      "cpu0 1 2 x 4\ncpu1 1 2 3\ncpu2 -5 2 3 4\ncpu3 9223372036854775807 9 9 9\ncpux 1 1 1 1\ncpu99999 1 1 1 "
      "1\n"
      "cpu5 1 2 3 4\ncpu4 1 2 3 4\ncpu5 9 9 9 9\n");
  ASSERT_EQ(cpus.size(), 2U);
  EXPECT_EQ(cpus[0].cpu, 4);
  EXPECT_EQ(cpus[1], cpu(5, 10, 4));
  EXPECT_TRUE(parse_cpu_ticks("").empty());
  EXPECT_TRUE(parse_cpu_ticks("no cpus here").empty());
}

TEST(ParseProcessTicks, ReadsPastANameWithBracketsAndBlanks) {
  const std::string rest = " S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 99 99\n";
  EXPECT_EQ(parse_process_ticks("42 (a) b (c))" + rest), 127);
  EXPECT_EQ(parse_process_ticks("42 (short) S 1 2"), std::nullopt);
  EXPECT_EQ(parse_process_ticks("garbage"), std::nullopt);
}

TEST(Between, ForeignShareIsBusyLessOwnOverAllTimeThereWas) {
  const auto [a, b] = two_cpus(100, 60, 110);  // 160 of 200 ticks busy, 110 of them ours
  const BlockLoad load = between(a, b);
  EXPECT_DOUBLE_EQ(load.foreign_cpu_share.value(), 0.25);
  EXPECT_DOUBLE_EQ(load.busy_share.value(), 0.8);
  EXPECT_DOUBLE_EQ(load.steal_share.value(), 0.0);
  EXPECT_DOUBLE_EQ(load.window_s, 1.0);
}

TEST(Between, ForeignShareIsNeverBelowZero) {
  const auto [a, b] = two_cpus(99, 0, 100.7);  // ticks round down what we used
  EXPECT_EQ(between(a, b).foreign_cpu_share, 0.0);
}

TEST(Between, CountsOnlyCpusThatThisProcessMayUse) {
  auto [a, b] = two_cpus(40, 100, 30);
  a.usable = b.usable = {0};
  EXPECT_DOUBLE_EQ(between(a, b).foreign_cpu_share.value(), 0.10);
  EXPECT_DOUBLE_EQ(between(a, b).busy_share.value(), 0.7);
}

TEST(Between, StolenTimeIsNeitherBusyNorIdle) {
  auto [a, b] = two_cpus(50, 50, 90);
  b.cpus[0].steal = 10;  // of the 50 that were not idle
  const BlockLoad load = between(a, b);
  EXPECT_DOUBLE_EQ(load.steal_share.value(), 0.05);
  EXPECT_DOUBLE_EQ(load.foreign_cpu_share.value(), 0.0);
  EXPECT_DOUBLE_EQ(load.busy_share.value(), 0.45);
}

TEST(Between, LeavesOutCpusThatCameOrWent) {
  CpuSnapshot a, b;
  a.cpus = {cpu(0, 0, 0), cpu(1, 0, 0), cpu(2, 0, 0)};
  b.cpus = {cpu(0, 100, 80), cpu(2, 100, 80), cpu(3, 9999, 0)};
  a.own_ticks = 0;
  b.own_ticks = 10;
  EXPECT_DOUBLE_EQ(between(a, b).foreign_cpu_share.value(), 0.15);
}

TEST(Between, CountersThatFallBackDoNotMakeNegativeShares) {
  auto [a, b] = two_cpus(50, 50, 0);
  b.cpus[0].idle = a.cpus[0].idle - 5;  // the kernel allows idle time to shrink
  b.cpus[1].total = a.cpus[1].total - 100;
  const BlockLoad load = between(a, b);
  EXPECT_DOUBLE_EQ(load.foreign_cpu_share.value_or(1.0), 1.0);
  EXPECT_GE(load.busy_share.value_or(0.0), 0.0);
  EXPECT_LE(load.busy_share.value_or(0.0), 1.0);
}

TEST(Between, AWindowOfTooFewTicksGivesNoShares) {
  CpuSnapshot a, b;
  a.cpus = {cpu(0, 0, 0), cpu(1, 0, 0)};
  b.cpus = {cpu(0, 10, 5), cpu(1, 9, 5)};
  a.own_ticks = b.own_ticks = 0;
  EXPECT_EQ(between(a, b).foreign_cpu_share, std::nullopt);
  EXPECT_EQ(between(a, b).busy_share, std::nullopt);
  b.cpus[1].total = 10;
  EXPECT_TRUE(between(a, b).foreign_cpu_share.has_value());
}

TEST(Between, EmptySnapshotsGiveNothing) {
  const BlockLoad load = between({}, {});
  EXPECT_EQ(load.foreign_cpu_share, std::nullopt);
  EXPECT_EQ(load.steal_share, std::nullopt);
  EXPECT_EQ(load.throttled_share, std::nullopt);
  EXPECT_EQ(load.cpu_mhz, std::nullopt);
}

TEST(Between, ForeignShareIsAbsentWithoutOwnTime) {
  auto [a, b] = two_cpus(50, 50, 0);
  b.own_ticks.reset();
  EXPECT_EQ(between(a, b).foreign_cpu_share, std::nullopt);
  EXPECT_TRUE(between(a, b).steal_share.has_value());
}

TEST(Between, ThrottlingIsThatOfTheGroupThrottledMost) {
  CpuSnapshot a, b;
  a.throttle = {ThrottleCounters{100, 10, 1.0}, ThrottleCounters{100, 10, std::nullopt}, std::nullopt};
  b.throttle = {ThrottleCounters{120, 15, 1.5}, ThrottleCounters{110, 11, std::nullopt}, std::nullopt};
  const BlockLoad load = between(a, b);
  EXPECT_DOUBLE_EQ(load.throttled_share.value(), 0.25);
  EXPECT_DOUBLE_EQ(load.throttled_s.value(), 0.5);
}

TEST(Between, AQuotaWithoutAPeriodInTheWindowDidNotThrottle) {
  CpuSnapshot a, b;
  a.throttle = b.throttle = {ThrottleCounters{100, 10, 1.0}};
  EXPECT_EQ(between(a, b).throttled_share, 0.0);
}

TEST(Between, ThrottlingIsAbsentWhenTheCountersStartAgain) {
  CpuSnapshot a, b;
  a.throttle = {ThrottleCounters{100, 10, 1.0}};
  b.throttle = {ThrottleCounters{3, 1, 0.1}};
  EXPECT_EQ(between(a, b).throttled_share, std::nullopt);
}

TEST(Between, TheClockIsTheMeanOfBothEnds) {
  CpuSnapshot a, b;
  b.cpu_mhz = 2000;
  EXPECT_EQ(between(a, b).cpu_mhz, 2000);
  a.cpu_mhz = 3000;
  EXPECT_EQ(between(a, b).cpu_mhz, 2500);
}

TEST(CpuWatch, ReadsAllOfItUnderItsRoot) {
  FakeRoot root;
  root.write("proc/stat",
             "cpu  0 0 0 0\ncpu0 10 0 0 90 0 0 0 0\ncpu1 20 0 0 80 0 0 0 0\ncpu2 0 0 0 100 0 0 0 0\n");
  root.write("proc/self/stat", "7 (x) S 1 2 3 4 5 6 7 8 9 10 3 1 0 0 0\n");
  root.write("proc/self/status", "Cpus_allowed_list:\t0-1\n").write("proc/self/cgroup", "0::/c\n");
  root.write("sys/devices/system/cpu/online", "0-2\n").write("sys/fs/cgroup/c/cpu.max", "150000 100000\n");
  root.write("sys/fs/cgroup/c/cpu.stat", "nr_periods 10\nnr_throttled 2\nthrottled_usec 100\n");
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2000000\n");
  root.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "3000000\n");
  const CpuWatch watch{root.path()};
  const CpuSnapshot a = watch.take();
  EXPECT_EQ(a.usable, (CpuList{0, 1}));
  EXPECT_EQ(a.own_ticks, 4.0);
  EXPECT_EQ(a.cpu_mhz, 2500);
  ASSERT_EQ(a.throttle.size(), 1U);

  root.write("proc/stat", "cpu0 60 0 0 140 0 0 0 0\ncpu1 70 0 0 130 0 0 0 0\ncpu2 100 0 0 100 0 0 0 0\n");
  root.write("proc/self/stat", "7 (x) S 1 2 3 4 5 6 7 8 9 10 50 11 3 0 0\n");  // 60 more
  root.write("sys/fs/cgroup/c/cpu.stat", "nr_periods 20\nnr_throttled 7\nthrottled_usec 50100\n");
  const BlockLoad load = between(a, watch.take());
  EXPECT_DOUBLE_EQ(load.foreign_cpu_share.value(), 0.2);
  EXPECT_DOUBLE_EQ(load.throttled_share.value(), 0.5);
  EXPECT_DOUBLE_EQ(load.throttled_s.value(), 0.05);
}

TEST(CpuWatch, GivesAnEmptySnapshotWhereNothingIs) {
  FakeRoot root;
  const CpuSnapshot snapshot = take(root.path());
  EXPECT_TRUE(snapshot.cpus.empty());
  EXPECT_TRUE(snapshot.throttle.empty());
  EXPECT_EQ(snapshot.own_ticks, std::nullopt);
  EXPECT_EQ(snapshot.cpu_mhz, std::nullopt);
}

TEST(UsableCpus, BelievesTheAffinityBeforeASetThatMakesNoSense) {
  EXPECT_EQ(usable_cpus(CpuList{0, 1, 2, 3}, CpuList{1, 2, 9}, CpuList{2, 3}), CpuList{2});
  EXPECT_EQ(usable_cpus(CpuList{0, 1}, CpuList{99}, std::nullopt), (CpuList{0, 1}));
  EXPECT_EQ(usable_cpus(CpuList{0, 1}, CpuList{0}, CpuList{5}), CpuList{5});
  EXPECT_EQ(usable_cpus(std::nullopt, CpuList{4}, std::nullopt), CpuList{4});
  EXPECT_EQ(usable_cpus(std::nullopt, std::nullopt, std::nullopt), CpuList{});
}

TEST(OnlineCpus, AreCountedInProcStatWhenSysIsHidden) {
  FakeRoot root;
  root.write("proc/stat", "cpu  0 0 0 0\ncpu0 1 1 1 1\ncpu2 1 1 1 1\n");
  EXPECT_EQ(online_cpus(root.path()), (CpuList{0, 2}));
  root.write("sys/devices/system/cpu/online", "garbage");
  EXPECT_EQ(online_cpus(root.path()), (CpuList{0, 2}));
}

TEST(CurrentMhz, OfAVirtualMachineIsNotTheConstantInCpuinfo) {
  FakeRoot root;
  root.write("proc/cpuinfo", "processor : 0\ncpu MHz : 2600.000\nflags : fpu hypervisor avx\n");
  EXPECT_EQ(current_mhz(root.path(), {0}), std::nullopt);
  root.write("proc/cpuinfo",
             "processor : 0\ncpu MHz : 2600.900\nflags : fpu avx\n\nprocessor : 1\ncpu MHz : 1000.0\nflags : "
             "fpu avx\n");
  EXPECT_EQ(current_mhz(root.path(), {0}), 2600);
  EXPECT_EQ(current_mhz(root.path(), {0, 1}), 1800);
}

TEST(PeakRss, IsReadInBytes) {
  FakeRoot root;
  root.write("proc/self/status", "VmPeak:\t 9 kB\nVmHWM:\t  204800 kB\n")
      .write("proc/77/status", "VmHWM: 4 kB\n");
  root.write("proc/78/status", "VmHWM: 9223372036854775807 kB\n");
  EXPECT_EQ(peak_rss_bytes(0, root.path()), 209715200);
  EXPECT_EQ(peak_rss_bytes(77, root.path()), 4096);
  EXPECT_EQ(peak_rss_bytes(78, root.path()), std::nullopt);
  EXPECT_EQ(peak_rss_bytes(79, root.path()), std::nullopt);
}

TEST(ThermalThrottleCount, CountsAPackageOnce) {
  EXPECT_EQ(thermal_throttle_count(DEEPGAP_TEST_DATA "/host/two_sockets"), 2 + 5);
  EXPECT_EQ(thermal_throttle_count(DEEPGAP_TEST_DATA "/host/arm_virtual"), std::nullopt);
}

}  // namespace
}  // namespace deepgap::telemetry

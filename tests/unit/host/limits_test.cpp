#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "deepgap/host/machine.hpp"
#include "fake_root.hpp"

namespace deepgap::host {
namespace {

using nlohmann::json;
using test::FakeRoot;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kCases = DEEPGAP_TEST_DATA "/host/h01-container-cpus/";

class ContainerCpus : public testing::TestWithParam<std::string> {};

TEST_P(ContainerCpus, AreWhatTheCaseSays) {
  const json expected = json::parse(std::ifstream{kCases + "expected.json"})["files"][GetParam()];
  const Machine machine = inspect(kCases + GetParam());
  const Limits& limits = machine.limits;
  EXPECT_EQ(default_threads(machine), expected["threads_by_default"].get<int>());
  EXPECT_EQ(machine.cpu.logical_cpus, 16);
  EXPECT_EQ(machine.cpu.physical_cores, 8);
  if (expected.contains("quota_cpus")) {
    const json& quota = expected["quota_cpus"];
    EXPECT_EQ(limits.quota_cpus, quota.is_null() ? std::nullopt : std::optional{quota.get<double>()});
  }
  if (expected.contains("logical")) {
    EXPECT_EQ(limits.usable.size(), expected["logical"].get<std::size_t>());
  }
  if (expected.contains("physical_cores")) {
    EXPECT_EQ(limits.usable_cores, expected["physical_cores"].get<int>());
  }
  if (expected.contains("memory_limit_bytes")) {
    EXPECT_EQ(limits.memory_bytes, expected["memory_limit_bytes"].get<std::int64_t>());
  }
}
INSTANTIATE_TEST_SUITE_P(Case, ContainerCpus,
                         testing::Values("v2_quota_1.5", "v2_parent_limits", "v1_quota_4", "v1_no_quota",
                                         "v2_cpuset_two_siblings", "v2_cpuset_and_quota"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

TEST(SayLimit, TellsWhatLimitsInOneLine) {
  const auto said = [](const char* name) { return say_limit(inspect(kCases + name)); };
  EXPECT_EQ(said("v2_quota_1.5"), "limit 1.5 CPUs of 16 (cgroup)");
  EXPECT_EQ(said("v2_parent_limits"), "limit 2 CPUs of 16 (cgroup; the parent's limit counts)");
  EXPECT_EQ(said("v1_quota_4"), "limit 4 CPUs of 16 (cgroup)");
  EXPECT_EQ(said("v1_no_quota"), "no limit; 8 cores, 16 CPUs");
  EXPECT_EQ(
      said("v2_cpuset_two_siblings"),
      "limit CPUs 3,11 of 16 (cpuset); the two CPUs are one core's threads; a row with 2 threads is marked "
      "'two threads on one core'");
  EXPECT_EQ(said("v2_cpuset_and_quota"),
            "limit CPUs 0-3 of 16 (cpuset); quota 6 CPUs: the smaller of quota and set counts");
}

Machine sixteen() { return inspect(kCases + "v1_no_quota"); }

TEST(SayLimit, NamesTheAffinityWhenItIsNarrowerThanTheSet) {
  Machine machine = sixteen();
  machine.limits.affinity = CpuList{2, 3, 4};
  machine.limits.usable = {2, 3, 4};
  machine.limits.usable_cores = 3;
  EXPECT_EQ(say_limit(machine), "limit CPUs 2-4 of 16 (affinity)");
  machine.limits.quota_cpus = 2.5;
  EXPECT_EQ(
      say_limit(machine),
      "limit 2.5 CPUs of 16 (cgroup), limit CPUs 2-4 of 16 (affinity); the smaller of quota and set counts");
  EXPECT_EQ(default_threads(machine), 2);
}

TEST(SayLimit, OfAQuotaAboveTheCoresIsNoLimit) {
  Machine machine = sixteen();
  machine.limits.quota_cpus = 12;
  EXPECT_EQ(say_limit(machine), "8 cores, 16 CPUs; the quota of 12 CPUs is not below the cores");
  EXPECT_EQ(default_threads(machine), 8);
}

TEST(DefaultThreads, AreAtLeastOne) {
  EXPECT_EQ(default_threads(Machine{}), 1);
  EXPECT_EQ(say_limit(Machine{}), "no limit; number of CPUs unknown");
  Machine machine = sixteen();
  machine.limits.quota_cpus = 0.2;
  EXPECT_EQ(default_threads(machine), 1);
  machine.limits.quota_cpus = 1e300;
  EXPECT_EQ(default_threads(machine), 8);
}

TEST(DefaultThreads, CountCpusWhereCoresAreUnknown) {
  FakeRoot root;
  root.write("sys/devices/system/cpu/online", "0-5\n");
  EXPECT_EQ(default_threads(inspect(root.path())), 6);
  root.write("proc/self/status", "Cpus_allowed_list:\t1,4\n");
  EXPECT_EQ(default_threads(inspect(root.path())), 2);
}

TEST(DefaultThreads, DoNotCountHalfKnownCores) {
  FakeRoot root;
  root.write("sys/devices/system/cpu/online", "0-3\n");
  root.write("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1\n");
  root.write("sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "junk\n");
  const Machine machine = inspect(root.path());
  EXPECT_EQ(machine.limits.usable_cores, std::nullopt);
  EXPECT_EQ(default_threads(machine), 4);
}

TEST(ThreadWarnings, AreNoneWhenTheThreadsFit) {
  EXPECT_TRUE(thread_warnings(sixteen(), 8).empty());
  EXPECT_TRUE(thread_warnings(inspect(kCases + "v2_quota_1.5"), 1).empty());
  EXPECT_TRUE(thread_warnings(Machine{}, 64).empty());
}

TEST(ThreadWarnings, TellMoreThreadsThanTheQuota) {
  EXPECT_THAT(
      thread_warnings(inspect(kCases + "v2_quota_1.5"), 2),
      ElementsAre("more threads than cores: 2 threads asked, 1 fit: limit 1.5 CPUs of 16 (cgroup) [W203]"));
}

TEST(ThreadWarnings, TellTwoThreadsOnOneCore) {
  EXPECT_THAT(thread_warnings(inspect(kCases + "v2_cpuset_two_siblings"), 2),
              ElementsAre("two threads on one core: 2 threads on 1 core (CPUs 3,11) [W204]"));
  EXPECT_THAT(thread_warnings(inspect(kCases + "v2_cpuset_two_siblings"), 3),
              ElementsAre(StartsWith("more threads than cores: 3 threads asked, 1 fit")));
  EXPECT_THAT(thread_warnings(sixteen(), 9), ElementsAre(HasSubstr("9 threads on 8 cores (CPUs 0-15)")));
}

TEST(Limits, NoticeThatTheOtherHalfOfACoreBelongsToSomebodyElse) {
  EXPECT_TRUE(inspect(kCases + "v2_cpuset_and_quota").limits.shared_cores);
  EXPECT_FALSE(inspect(kCases + "v2_cpuset_two_siblings").limits.shared_cores);
}

TEST(UsableMemory, IsTheLessOfMachineAndGroup) {
  Machine machine;
  EXPECT_EQ(usable_memory_bytes(machine), std::nullopt);
  machine.memory_bytes = 100;
  EXPECT_EQ(usable_memory_bytes(machine), 100);
  machine.memory_available_bytes = 80;
  EXPECT_EQ(usable_memory_bytes(machine), 80);
  machine.limits.memory_bytes = 60;
  EXPECT_EQ(usable_memory_bytes(machine), 60);
  machine.limits.memory_available_bytes = 10;
  EXPECT_EQ(usable_memory_bytes(machine), 10);
}

TEST(CacheSweep, IsTwiceWhatAllCachesHold) {
  constexpr std::int64_t kMib = std::int64_t{1} << 20;
  Machine machine;
  EXPECT_EQ(cache_sweep_bytes(machine), 256 * kMib) << "unknown caches";
  machine.cpu.caches = {48 << 10, 2 * kMib, 60 * kMib};
  machine.cpu.physical_cores = 4;
  EXPECT_EQ(cache_sweep_bytes(machine), 2 * (4 * 2 + 60) * kMib);
  machine.cpu.sockets = 2;
  EXPECT_EQ(cache_sweep_bytes(machine), 2 * (4 * 2 + 2 * 60) * kMib);
  machine.cpu.physical_cores = 256;
  EXPECT_EQ(cache_sweep_bytes(machine), 1024 * kMib) << "a limit on the memory it takes";
}

}  // namespace
}  // namespace deepgap::host

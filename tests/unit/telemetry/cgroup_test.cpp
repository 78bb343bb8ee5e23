#include "deepgap/telemetry/cgroup.hpp"

#include <gtest/gtest.h>

#include "fake_root.hpp"

namespace deepgap::telemetry {
namespace {

using test::FakeRoot;

FakeRoot& version2(FakeRoot& root, const std::string& path) {
  return root.write("proc/self/cgroup", "0::" + path + "\n")
      .write("sys/fs/cgroup/cgroup.controllers", "cpu memory");
}

std::optional<double> quota(const FakeRoot& root) {
  const auto found = cpu_quota(find_cgroups(root.path()));
  return found ? std::optional{found->cpus} : std::nullopt;
}

TEST(CpuQuota, IsTheSmallestOfTheGroupAndItsParents) {
  FakeRoot root;
  version2(root, "/a/b");
  root.write("sys/fs/cgroup/cpu.max", "max 100000").write("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  root.write("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
  const auto found = cpu_quota(find_cgroups(root.path()));
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->cpus, 1.5);
  EXPECT_TRUE(found->from_parent);
  EXPECT_EQ(found->folder, root.path() / "sys/fs/cgroup/a");
}

TEST(CpuQuota, IsAbsentWithoutALimit) {
  for (const char* text : {"max 100000", "max", "-1 100000", "0 100000", "100000 0", "100000 -5", "junk", "",
                           "1e5 1e5", "99999999999999999999 100000"}) {
    FakeRoot root;
    version2(root, "/").write("sys/fs/cgroup/cpu.max", text);
    EXPECT_EQ(quota(root), std::nullopt) << text;
  }
}

TEST(CpuQuota, TakesTheUsualPeriodWhenNoneIsGiven) {
  FakeRoot root;
  version2(root, "/").write("sys/fs/cgroup/cpu.max", "250000");
  EXPECT_EQ(quota(root), 2.5);
}

TEST(CpuQuota, IsFoundWhenTheContainersOwnGroupIsMountedAtTheTop) {
  FakeRoot root;  // version 1 without a namespace: the path is the host's, the mount is the container's
  root.write("proc/self/cgroup", "4:cpu,cpuacct:/docker/abc/child\n");
  root.write("proc/self/mountinfo",
             "30 25 0:26 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:9 - cgroup cgroup "
             "rw,cpu,cpuacct\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/child/cpu.cfs_quota_us", "50000\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/child/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(root), 0.5);
  std::filesystem::remove_all(root.path() / "sys/fs/cgroup/cpu,cpuacct/child");
  EXPECT_EQ(quota(root), 3.0);
}

TEST(CpuQuota, FollowsTheMountTable) {
  FakeRoot root;
  root.write("proc/self/cgroup", "0::/x\n");
  root.write("proc/self/mountinfo",
             "garbage\n31 23 0:28 / /run/odd\\040place rw - cgroup2 cgroup2 rw\n40 1 8:1 / / rw - ext4 "
             "/dev/sda rw\n");
  root.write("run/odd place/x/cpu.max", "700000 100000");
  EXPECT_EQ(quota(root), 7.0);
}

TEST(CpuQuota, OfAHybridMachineComesFromEitherVersion) {
  FakeRoot root;
  root.write("proc/self/cgroup", "3:cpuset:/\n1:cpu:/svc\n0::/svc\n");
  root.write("sys/fs/cgroup/unified/cgroup.controllers", "");
  root.write("sys/fs/cgroup/cpu/svc/cpu.cfs_quota_us", "200000");
  root.write("sys/fs/cgroup/cpu/svc/cpu.cfs_period_us", "50000");
  EXPECT_EQ(quota(root), 4.0);
}

TEST(CpuQuota, SurvivesHostilePaths) {
  std::string deep = "/";
  for (int i = 0; i < 5000; ++i) deep += "a/";
  for (const std::string& path :
       {std::string{"/../../../../etc"}, deep, std::string(60000, 'z'), std::string{""}}) {
    FakeRoot root;
    version2(root, path).write("sys/fs/cgroup/cpu.max", "200000 100000");
    EXPECT_EQ(quota(root), 2.0);
  }
}

TEST(CpuQuota, IsAbsentWhenNothingIsThere) {
  FakeRoot root;
  EXPECT_EQ(quota(root), std::nullopt);
  EXPECT_EQ(cpuset(find_cgroups(root.path())), std::nullopt);
  EXPECT_EQ(memory_limit(find_cgroups(root.path())), std::nullopt);
}

TEST(Cpuset, IsThatOfTheNearestGroupThatSays) {
  FakeRoot root;
  version2(root, "/a/b");
  root.write("sys/fs/cgroup/cpuset.cpus.effective", "0-7")
      .write("sys/fs/cgroup/a/cpuset.cpus.effective", "2-3\n");
  root.write("sys/fs/cgroup/a/b/cpuset.cpus.effective", "\n");
  EXPECT_EQ(cpuset(find_cgroups(root.path())), (CpuList{2, 3}));
  root.write("sys/fs/cgroup/a/cpuset.cpus.effective", "junk");
  EXPECT_EQ(cpuset(find_cgroups(root.path())), (CpuList{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(MemoryLimit, IsTheSmallestWithWhatIsLeftOfIt) {
  FakeRoot root;
  version2(root, "/a/b");
  root.write("sys/fs/cgroup/a/b/memory.max", "max").write("sys/fs/cgroup/a/memory.max", "1000000\n");
  root.write("sys/fs/cgroup/a/memory.current", "700000")
      .write("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 200000\n");
  const auto limit = memory_limit(find_cgroups(root.path()));
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->bytes, 1000000);
  EXPECT_EQ(limit->available_bytes, 500000);
}

TEST(MemoryLimit, OfVersion1IsAbsentAtTheLargestValue) {
  FakeRoot root;
  root.write("proc/self/cgroup", "4:memory:/x\n");
  root.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(memory_limit(find_cgroups(root.path())), std::nullopt);
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  const auto limit = memory_limit(find_cgroups(root.path()));
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->bytes, 2147483648);
  EXPECT_EQ(limit->available_bytes, std::nullopt);
}

TEST(ThrottleCounters, ReadBothVersionsUnits) {
  FakeRoot root;
  root.write("v2/cpu.stat", "usage_usec 5\nnr_periods 100\nnr_throttled 40\nthrottled_usec 2500000\n");
  root.write("v1/cpu.stat", "nr_periods 100\nnr_throttled 40\nthrottled_time 2500000000\n");
  root.write("none/cpu.stat", "usage_usec 5\n");
  for (const char* version : {"v1", "v2"}) {
    const auto counters = throttle_counters(root.path() / version);
    ASSERT_TRUE(counters) << version;
    EXPECT_EQ(counters->periods, 100);
    EXPECT_EQ(counters->throttled, 40);
    EXPECT_DOUBLE_EQ(counters->throttled_s.value(), 2.5);
  }
  EXPECT_EQ(throttle_counters(root.path() / "none"), std::nullopt);
  EXPECT_EQ(throttle_counters(root.path() / "missing"), std::nullopt);
}

}  // namespace
}  // namespace deepgap::telemetry

#include "deepgap/advise/bound.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace deepgap::advise {
namespace {

using record::Block;
using record::Row;
using testing::HasSubstr;
using testing::Not;

// 100 calls a second of a batch of 4.
Row measured_row() {
  Row row;
  row.batch = 4;
  row.precision_requested = "fp32";
  row.precision_effective = "fp32";
  row.throughput_ips = {400.0, 396.0, 404.0};
  row.latency_mean_ms = {10.0, 9.9, 10.1};
  return row;
}

std::vector<record::Round> blocks(std::size_t count, const Block& all) {
  std::vector<record::Round> rounds(2);
  for (std::size_t i = 0; i < count; ++i) {
    rounds[i % 2].blocks.push_back(all);
    rounds[i % 2].blocks.back().samples = 10;
  }
  return rounds;
}

// 2e9 operations and 100 MB a call: 200 GFLOP/s and 10 GB/s at 100 calls a second.
const CallCost kCost{.macs = 1e9, .parameter_bytes = 60e6, .activation_bytes = 40e6, .copied_bytes = 1e6};

Peaks peaks(double operations_per_s, double bytes_per_s) {
  return {"this CPU reaches (measured)", operations_per_s, bytes_per_s};
}

TEST(Bound, ThrottledSaysHowManyBlocksAndWhy) {
  std::vector<record::Round> rounds = blocks(40, {.throttle_reasons = "none"});
  for (std::size_t i = 0; i < 6; ++i) rounds[0].blocks[i].throttle_reasons = "thermal";
  const auto found = bound(measured_row(), rounds, kCost, peaks(250e9, 20e9));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->by, "throttled");
  EXPECT_EQ(found->evidence, "throttled: the device's clock was lowered in 6 of 40 blocks (thermal)");
}

TEST(Bound, AFewThrottledBlocksOfManyAreNotTheLimit) {
  std::vector<record::Round> rounds = blocks(40, {.throttle_reasons = "none"});
  rounds[0].blocks[0].throttle_reasons = "thermal";
  EXPECT_EQ(bound(measured_row(), rounds, kCost, peaks(250e9, 20e9))->by, "compute-bound");
}

TEST(Bound, AQuotaThrottlesToo) {
  Row row = measured_row();
  row.throttled_share = 0.34;
  const auto found = bound(row, blocks(2, {.foreign_cpu_share = 0.5}), {}, std::nullopt);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found,
            (Bound{"throttled", "throttled: the CPU quota stopped the process in 34 % of its periods"}));
}

TEST(Bound, ContendedCountsOtherProcessesAndOtherGuests) {
  const auto found = bound(measured_row(), blocks(4, {.foreign_cpu_share = 0.30, .steal_share = 0.04}), kCost,
                           peaks(250e9, 20e9));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->by, "contended");
  EXPECT_EQ(found->evidence, "contended: 34 % of the CPU time went to others, 4 % to other virtual machines");
  EXPECT_FALSE(bound(measured_row(), blocks(4, {.foreign_cpu_share = 0.10}), {}, std::nullopt));
}

TEST(Bound, HostBoundWhereTheDeviceWaits) {
  Row row = measured_row();
  row.device_mean_ms = {3.1, 3.0, 3.2};
  const auto found = bound(row, {}, kCost, peaks(250e9, 20e9));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (Bound{"host-bound", "host-bound: the device was busy 31 % of the time"}));
}

TEST(Bound, OthersOnTheCpuDoNotContendForADeviceThatIsBusy) {
  const std::vector<record::Round> rounds = blocks(4, {.foreign_cpu_share = 0.5});
  Row row = measured_row();
  row.device_mean_ms = {9.5, 9.4, 9.6};
  EXPECT_EQ(bound(row, rounds, kCost, peaks(250e9, 100e9))->by, "compute-bound");
  row.device_mean_ms = {3.1, 3.0, 3.2};
  EXPECT_EQ(bound(row, rounds, kCost, peaks(250e9, 100e9))->by, "contended");
}

TEST(Bound, ABusyDeviceIsHeldAgainstItsPeaks) {
  Row row = measured_row();
  row.device_mean_ms = {9.5, 9.4, 9.6};
  EXPECT_EQ(bound(row, {}, kCost, peaks(250e9, 100e9))->by, "compute-bound");
  EXPECT_FALSE(bound(row, {}, kCost, std::nullopt));
}

TEST(Bound, CopyBoundWhereTheRestOfTheTimeMovesBytes) {
  Row row = measured_row();
  row.device_mean_ms = {4.0, 3.9, 4.1};
  row.contract =
      "copies=in-and-out sync=blocking-wait depth=1 cache=hot inputs=reused launch=graph-replay batch=4";
  CallCost cost = kCost;
  cost.copied_bytes = 24e6;  // in the 6 ms outside the device: 4 GB/s
  const auto found = bound(row, {}, cost, std::nullopt);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->by, "copy-bound");
  EXPECT_THAT(found->evidence, HasSubstr("busy 40 % of the time"));
  EXPECT_THAT(found->evidence, HasSubstr("4.0 GB/s"));
  cost.copied_bytes = 24e3;
  EXPECT_EQ(bound(row, {}, cost, std::nullopt)->by, "host-bound");
}

TEST(Bound, CopiesOutsideTheTimedCallBindNothing) {
  Row row = measured_row();
  row.device_mean_ms = {4.0, 3.9, 4.1};
  row.contract = "copies=none sync=blocking-wait depth=1 cache=hot inputs=reused launch=graph-replay batch=4";
  CallCost cost = kCost;
  cost.copied_bytes = 24e6;
  EXPECT_EQ(bound(row, {}, cost, std::nullopt)->by, "host-bound");
}

TEST(Bound, ComputeBoundNearThePeakOfArithmetic) {
  const auto found = bound(measured_row(), {}, kCost, peaks(322e9, 100e9));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found,
            (Bound{"compute-bound", "compute-bound: 62 % of the 322 GFLOP/s this CPU reaches (measured)"}));
}

TEST(Bound, Int8CountsOperationsThatAreNotFloatingPoint) {
  Row row = measured_row();
  row.precision_effective = "int8";
  const auto found = bound(row, {}, kCost, Peaks{"of the L4 (devices.csv)", 322e9, {}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->evidence, "compute-bound: 62 % of the 322 GOP/s of the L4 (devices.csv)");
}

TEST(Bound, MemoryBoundNearThePeakOfMemory) {
  const auto found = bound(measured_row(), {}, kCost, peaks(2e12, 12.5e9));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->by, "memory-bound");
  EXPECT_THAT(found->evidence, HasSubstr("80 % of the 12 GB/s this CPU reaches (measured)"));
}

TEST(Bound, HalfPrecisionMovesHalfTheBytes) {
  Row row = measured_row();
  row.precision_effective = "bf16";
  const auto found = bound(row, {}, kCost, Peaks{"this CPU reaches (measured)", {}, 12.5e9});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->by);
  EXPECT_THAT(found->evidence, HasSubstr("40 % of the 12 GB/s"));
}

TEST(Bound, WhatFitsInTheCacheIsNotMemoryTraffic) {
  Peaks known = peaks(2e12, 12.5e9);
  known.cache_bytes = 200e6;
  const auto found = bound(measured_row(), {}, kCost, known);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->by);
  EXPECT_THAT(found->evidence, Not(HasSubstr("GB/s")));
}

TEST(Bound, FarFromEveryPeakNothingIsProvenButTheFiguresAreTold) {
  const auto found = bound(measured_row(), {}, kCost, peaks(2e12, 100e9));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->by);
  EXPECT_EQ(
      found->evidence,
      "no limit is near: 10 % of the 2.0 TFLOP/s this CPU reaches (measured); 10 % of the 100 GB/s this "
      "CPU reaches (measured), every weight and value counted once");
}

TEST(Bound, MoreThanAPeakIsNoFinding) {
  EXPECT_FALSE(bound(measured_row(), {}, kCost, peaks(100e9, 100e9)));
  EXPECT_FALSE(bound(measured_row(), {}, kCost, Peaks{"x", {}, 1e9}));
}

TEST(Bound, IsAbsentWithoutPeaksCostOrThroughput) {
  EXPECT_FALSE(bound(measured_row(), {}, kCost, std::nullopt));
  EXPECT_FALSE(bound(measured_row(), {}, {}, peaks(250e9, 20e9)));
  EXPECT_FALSE(bound(measured_row(), {}, kCost, Peaks{}));
  Row row = measured_row();
  row.throughput_ips.reset();
  row.device_mean_ms = {1.0, {}, {}};
  EXPECT_FALSE(bound(row, {}, kCost, peaks(250e9, 20e9)));
}

}  // namespace
}  // namespace deepgap::advise

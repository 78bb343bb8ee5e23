#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

// Three timings that are never mixed: calls one after another, several in flight, the device's own clock.
namespace deepgap::golden {
namespace {

using ::testing::HasSubstr;
using Timings = Program;

TEST_F(Timings, OfSeveralInFlightAreNotThoseOfOneCall) {
  study("s.toml", {.top = "streams = [4]\n",
                   .measure = "rounds = 3\nround_min = \"20ms\"\nround_cap = \"60ms\"\n",
                   .options = "latency_us = 2000\ndevice_share = 0.5\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto row = rows("s.db").at(0);
  const double latency_ms = row.at("latency_mean_ms");
  EXPECT_GE(latency_ms, 2) << "a call waits for nobody";
  EXPECT_NEAR(row.at("device_mean_ms").get<double>(), 1, 1e-6) << "half of each call";
  const double calls_in_flight = row.at("throughput_ips").get<double>() * latency_ms * 1e-3;
  EXPECT_GT(calls_in_flight, 1.5) << "four overlap, on a machine that may have other work";
  EXPECT_THAT(row.at("contract").get<std::string>(), HasSubstr("depth=4"));
}

TEST_F(Timings, WithoutADeviceClockAreTwo) {
  study("s.toml", {.measure = "rounds = 3\nround_min = \"1ms\"\nround_cap = \"20ms\"\n"});
  ASSERT_EQ(run({"run", "s.toml", "-q"}).code, 0);
  const auto row = rows("s.db").at(0);
  EXPECT_TRUE(row.at("device_mean_ms").is_null());
  EXPECT_THAT(row.at("contract").get<std::string>(), HasSubstr("depth=1"));
}

}  // namespace
}  // namespace deepgap::golden

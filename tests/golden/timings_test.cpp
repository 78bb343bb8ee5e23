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

TEST_F(Timings, WithColdCachesAndFreshInputsLeaveOutWhatIsDoneBetweenTheCalls) {
  study("s.toml", {.top = "streams = [4]\n",
                   .measure = "rounds = 2\nround_min = \"1ms\"\nround_cap = \"100ms\"\n"
                              "cache = \"cold\"\ninputs = \"fresh\"\n",
                   .options = "latency_us = 50\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto row = rows("s.db").at(0);
  EXPECT_THAT(row.at("contract").get<std::string>(), HasSubstr("depth=1 cache=cold inputs=fresh"));
  EXPECT_THAT(row.at("case").get<std::string>(), HasSubstr("cache=cold inputs=fresh"));
  EXPECT_EQ(row.at("verified"), "pass") << "the inputs are put back before outputs are checked";
  EXPECT_NEAR(row.at("throughput_ips").get<double>() * row.at("latency_mean_ms").get<double>(), 1e3, 50)
      << "calls over the sum of their times";
  EXPECT_THAT(row.at("settings_effective").dump(), HasSubstr("written by the CPUs before each call"));
  EXPECT_THAT(row.at("warnings").dump(), ::testing::Not(HasSubstr("[W202]")))
      << "cold was asked and is in force";
}

TEST_F(Timings, OfTheStudysProtocolAreItsCountsAndNoInterval) {
  study("s.toml", {.top = "batches = [4]\n",
                   .measure = "protocol = \"deep-gap\"\n",
                   .options = "latency_us = 100\ndevice_share = 0.5\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto row = rows("s.db").at(0);
  EXPECT_THAT(row.at("case").get<std::string>(), HasSubstr("protocol=deep-gap"));
  EXPECT_EQ(row.at("rounds"), 30);
  EXPECT_EQ(row.at("processes"), 10);
  EXPECT_EQ(row.at("samples"), 3000);
  EXPECT_EQ(row.at("label"), "fixed-count");
  EXPECT_TRUE(row.at("latency_mean_ms_lo").is_null());
  EXPECT_NEAR(row.at("latency_p50_ms").get<double>(), 0.05, 1e-6)
      << "an event around the call: the device's clock";
  EXPECT_NEAR(row.at("throughput_ips").get<double>(), 4 / 0.05e-3, 1) << "batch / median";
  EXPECT_THAT(row.at("warnings").dump(), HasSubstr("[W114]"));
}

TEST_F(Timings, AreSkippedWhereTheEngineCannotEmptyItsDevicesCaches) {
  study("s.toml", {.measure = "cache = \"cold\"\n", .options = "copies = \"on\"\n"});
  ASSERT_NE(run({"run", "s.toml", "-q"}).code, 2);
  const auto row = rows("s.db").at(0);
  EXPECT_EQ(row.at("outcome"), "skipped");
  EXPECT_THAT(row.at("why").get<std::string>(), HasSubstr("cannot empty its device's caches"));
}

}  // namespace
}  // namespace deepgap::golden

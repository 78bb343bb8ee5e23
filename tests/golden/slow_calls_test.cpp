#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

// Calls that take longer than a round may.
namespace deepgap::golden {
namespace {

using ::testing::HasSubstr;
using SlowCalls = Program;

TEST_F(SlowCalls, OfTenCapsEachAreOneARoundWithoutAnInterval) {
  study("s.toml", {.measure = "rounds = 3\nround_min = \"1ms\"\nround_cap = \"2ms\"\n",
                   .options = "latency_us = 30000\n"});
  ASSERT_EQ(run({"run", "s.toml", "-q"}).code, 0);
  const auto row = rows("s.db").at(0);
  EXPECT_EQ(row.at("samples"), 3);
  EXPECT_EQ(row.at("label"), "too-few");
  EXPECT_EQ(row.at("outcome"), "mistrusted");
  EXPECT_THAT(row.at("why").get<std::string>(), HasSubstr("no interval can be stated"));
  EXPECT_GE(row.at("latency_mean_ms"), 30);
  EXPECT_TRUE(row.at("latency_mean_ms_lo").is_null());
  EXPECT_TRUE(row.at("latency_mean_ms_hi").is_null());
}

TEST_F(SlowCalls, LongerThanTheCapAreThreeARound) {
  study("s.toml", {.measure = "rounds = 3\nround_min = \"1ms\"\nround_cap = \"2ms\"\n",
                   .options = "latency_us = 5000\n"});
  ASSERT_EQ(run({"run", "s.toml", "-q"}).code, 0);
  const auto row = rows("s.db").at(0);
  EXPECT_EQ(row.at("samples"), 9);
  EXPECT_TRUE(row.at("latency_mean_ms_hi").is_number());
}

}  // namespace
}  // namespace deepgap::golden

#include "deepgap/study/quantity.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deepgap::study {
namespace {

using ::testing::HasSubstr;

TEST(Duration, ReadsUnitsAndTheirSums) {
  EXPECT_DOUBLE_EQ(*duration_s("90s"), 90);
  EXPECT_DOUBLE_EQ(*duration_s("5m"), 300);
  EXPECT_DOUBLE_EQ(*duration_s("5 min"), 300);
  EXPECT_DOUBLE_EQ(*duration_s("1.5h"), 5400);
  EXPECT_DOUBLE_EQ(*duration_s("1h30m5s"), 5405);
  EXPECT_DOUBLE_EQ(*duration_s("250ms"), 0.25);
}

TEST(Duration, RefusesWhatIsNotATime) {
  for (const std::string text :
       {"", "5", "m", "5x", "-5m", "5m-", "5m ", "inf s", "nan s", "1e3s", "5mm", "1h 30"})
    EXPECT_FALSE(duration_s(text)) << text;
  EXPECT_THAT(duration_s("5 minutes").error().message(),
              HasSubstr("'5 minutes' is given; allowed: a number with"));
}

TEST(Duration, RefusesZeroAndMoreThanAMonth) {
  EXPECT_THAT(duration_s("0s").error().message(), HasSubstr("allowed: above 0, at most 30 days"));
  EXPECT_FALSE(duration_s("1000h"));
}

TEST(Fraction, ReadsPercentAndShares) {
  EXPECT_DOUBLE_EQ(*fraction("1%"), 0.01);
  EXPECT_DOUBLE_EQ(*fraction("0.5 %"), 0.005);
  EXPECT_DOUBLE_EQ(*fraction("0.02"), 0.02);
  EXPECT_DOUBLE_EQ(*fraction("100%"), 1);
}

TEST(Fraction, RefusesWhatIsOutOfRangeOrAmbiguous) {
  for (const std::string text : {"", "%", "0", "0%", "-1%", "101%", "1e999", "nan", "inf%", "1%%", "one"})
    EXPECT_FALSE(fraction(text)) << text;
  EXPECT_THAT(fraction("5").error().message(), HasSubstr("did you mean \"5%\"?"));
}

TEST(Size, ReadsDecimalAndBinaryUnits) {
  EXPECT_EQ(*size_mb("512MB"), 512);
  EXPECT_EQ(*size_mb("2 GB"), 2000);
  EXPECT_EQ(*size_mb("2GiB"), 2148);
  EXPECT_EQ(*size_mb("0.5TB"), 500'000);
}

TEST(Size, RefusesWhatIsNotASizeOrOutOfRange) {
  for (const std::string text : {"", "2", "2gb", "2GB3", "-2GB", "1MB", "9999999TB", "GB", "0MB"})
    EXPECT_FALSE(size_mb(text)) << text;
}

}  // namespace
}  // namespace deepgap::study

#include "deepgap/record/format.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace deepgap::record {
namespace {

Estimate with_half(double value, double half) { return {value, value - half, value + half}; }

TEST(FormatEstimate, PrintsAsManyDigitsAsTheIntervalCarries) {
  EXPECT_EQ(format_estimate(with_half(203.4567, 2.1)), "203.5");
  EXPECT_EQ(format_estimate(with_half(203.4567, 4)), "203");
  EXPECT_EQ(format_estimate(with_half(1234.5678, 12.3)), "1235");
  EXPECT_EQ(format_estimate(with_half(1234.5678, 50)), "1230");
  EXPECT_EQ(format_estimate(with_half(1234.5678, 400)), "1200");
  EXPECT_EQ(format_estimate(with_half(0.0123456, 0.0002)), "0.01235");
}

TEST(FormatEstimate, TakesWhatIsKnownOfTheInterval) {
  EXPECT_EQ(format_estimate({203.4567, 201.3567, std::nullopt}), "203.5");
  EXPECT_EQ(format_estimate({203.4567, std::nullopt, 205.5567}), "203.5");
  EXPECT_EQ(format_estimate({203.4567, std::nullopt, std::nullopt}), "203");
}

TEST(FormatEstimate, NeverPrintsMoreThanSixDigits) {
  EXPECT_EQ(format_estimate(with_half(203.456789123, 0)), "203.457");
  EXPECT_EQ(format_estimate(with_half(203.456789123, 1e-12)), "203.457");
}

TEST(FormatEstimate, KeepsOneDigitWhenTheIntervalIsWiderThanTheValue) {
  EXPECT_EQ(format_estimate(with_half(1234.5, 2000)), "1000");
  EXPECT_EQ(format_estimate(with_half(0.35, 0.5)), "0.3");
}

TEST(FormatEstimate, IsADashForWhatIsNoNumber) {
  EXPECT_EQ(format_estimate({std::numeric_limits<double>::quiet_NaN(), 0, 1}), "-");
  EXPECT_EQ(format_estimate({std::numeric_limits<double>::infinity(), std::nullopt, std::nullopt}), "-");
  EXPECT_EQ(format_estimate({5.0, 1.0, std::numeric_limits<double>::infinity()}), "5.00");
}

TEST(FormatEstimate, HandlesZeroAndNegativeValues) {
  EXPECT_EQ(format_estimate(with_half(0, 0.5)), "0");
  EXPECT_EQ(format_estimate(with_half(-12.345, 0.2)), "-12.35");
}

TEST(FormatNumber, CountsSignificantDigits) {
  EXPECT_EQ(format_number(1234.5), "1230");
  EXPECT_EQ(format_number(12.345), "12.3");
  EXPECT_EQ(format_number(0.00012345), "0.000123");
  EXPECT_EQ(format_number(9.996), "10.0");
  EXPECT_EQ(format_number(99.96), "100");
  EXPECT_EQ(format_number(999.6), "1000");
  EXPECT_EQ(format_number(1000), "1000");
  EXPECT_EQ(format_number(0.1), "0.100");
  EXPECT_EQ(format_number(-9.996), "-10.0");
  EXPECT_EQ(format_number(0), "0");
}

TEST(FormatNumber, UsesAnExponentOnlyForExtremeSizes) {
  EXPECT_EQ(format_number(1e11), "100000000000");
  EXPECT_EQ(format_number(1.234e15), "1.23e+15");
  EXPECT_EQ(format_number(1.234e-9), "1.23e-09");
  EXPECT_EQ(format_number(std::numeric_limits<double>::max()), "1.80e+308");
  EXPECT_EQ(format_number(std::numeric_limits<double>::denorm_min()), "4.94e-324");
}

TEST(FormatRelative, IsAPercentage) {
  EXPECT_EQ(format_relative(with_half(100, 1)), "1.0 %");
  EXPECT_EQ(format_relative(with_half(100, 14)), "14 %");
  EXPECT_EQ(format_relative(with_half(100, 9.96)), "10 %");
  EXPECT_EQ(format_relative(with_half(100, 0.01)), "<0.1 %");
  EXPECT_EQ(format_relative(with_half(100, 0)), "0.0 %");
  EXPECT_EQ(format_relative(with_half(1, 100)), ">999 %");
}

TEST(FormatRelative, SaysWhenAnEndIsOpen) {
  EXPECT_EQ(format_relative({100, 97, std::nullopt}), ">= 3.0 %");
  EXPECT_EQ(format_relative({100, std::nullopt, std::nullopt}), "");
  EXPECT_EQ(format_relative(with_half(0, 1)), "");
}

}  // namespace
}  // namespace deepgap::record

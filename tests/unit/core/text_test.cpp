#include "deepgap/core/text.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace deepgap {
namespace {

const std::vector<std::string> kModels{"resnet18", "resnet50", "resnet101"};

TEST(Nearest, FindsAOneLetterSlip) {
  EXPECT_EQ(nearest("resent50", kModels), "resnet50");
  EXPECT_EQ(nearest("resnet5", kModels), "resnet50");
}

TEST(Nearest, CountsSwappedNeighboursAsOneSlip) {
  EXPECT_EQ(nearest("bacth", std::vector<std::string>{"batch", "width"}), "batch");
  EXPECT_EQ(nearest("abc", std::vector<std::string>{"cab", "acb"}), "acb");
}

TEST(Nearest, IsAbsentWhenNothingIsNear) {
  EXPECT_EQ(nearest("mobilenet", kModels), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

TEST(Nearest, TakesTheFirstOfEquallyNearOnes) { EXPECT_EQ(nearest("resnet11", kModels), "resnet18"); }

TEST(DidYouMean, IsEmptyOrBeginsWithASpace) {
  EXPECT_EQ(did_you_mean("resnet5", kModels), " did you mean 'resnet50'?");
  EXPECT_EQ(did_you_mean("mobilenet", kModels), "");
}

TEST(Join, PutsTheSeparatorOnlyBetween) {
  EXPECT_EQ(join(kModels), "resnet18, resnet50, resnet101");
  EXPECT_EQ(join(std::vector<std::string>{"a"}, "|"), "a");
  EXPECT_EQ(join({}), "");
}

TEST(Printable, TakesTerminalEscapesOut) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
  EXPECT_EQ(printable("größe"), "größe");
}

TEST(Printable, CutsLongText) { EXPECT_EQ(printable("abcdef", 3), "abc..."); }

TEST(Printable, NeverCutsACharacterInTwo) {
  EXPECT_EQ(printable("aé", 2), "a...");
  EXPECT_EQ(printable("界", 1), "...");
  EXPECT_EQ(printable("é", 2), "é");
}

TEST(Printable, NeverCutsAnEllipsisIntoTextThatFits) { EXPECT_EQ(printable("abc", 3), "abc"); }

}  // namespace
}  // namespace deepgap

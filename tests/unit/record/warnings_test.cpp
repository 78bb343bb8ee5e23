#include "deepgap/record/warnings.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace deepgap::record {
namespace {

std::vector<std::string> headings_in_docs() {
  std::ifstream file{DEEPGAP_TEST_DATA "/../../docs/warnings.md"};
  std::vector<std::string> headings;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("## ")) headings.push_back(line.substr(3));
  return headings;
}

TEST(Warnings, EachHasItsHeadingInTheDocumentationAndTheOtherWayRound) {
  std::vector<std::string> expected;
  for (const Warning& warning : all_warnings())
    expected.push_back(std::string{warning.id} + ": " + std::string{warning.heading});
  EXPECT_EQ(headings_in_docs(), expected);
}

TEST(Warnings, IdsAndHeadingsAreUniqueAndIdsAscend) {
  std::set<std::string_view> headings;
  std::string_view previous;
  for (const Warning& warning : all_warnings()) {
    EXPECT_LT(previous, warning.id);
    EXPECT_TRUE(headings.insert(warning.heading).second) << warning.heading;
    previous = warning.id;
  }
}

TEST(Warn, SaysHeadingDetailAndId) {
  EXPECT_EQ(warn(kForeignLoad, "31 % of the time went to other processes"),
            "foreign load on the CPU: 31 % of the time went to other processes [W104]");
  EXPECT_EQ(warn(kVirtualMachine, ""), "virtual machine [W307]");
}

TEST(Warn, KeepsControlCharactersOut) {
  EXPECT_EQ(warn(kEngineDoubt, "a\x1b[31m\nb"), "the engine gives reason to doubt: a?[31m?b [W205]");
}

TEST(WarningIn, FindsWhatWarnMade) {
  for (const Warning& warning : all_warnings()) {
    const Warning* found = warning_in(warn(warning, "some [W999] detail"));
    ASSERT_NE(found, nullptr) << warning.id;
    EXPECT_EQ(*found, warning);
  }
}

TEST(WarningIn, IsNothingForOtherTexts) {
  for (const char* text : {"", "]", "W104", "foreign load on the CPU", "[W104]", "time-capped: x [W104]"})
    EXPECT_EQ(warning_in(text), nullptr) << text;
}

TEST(Anchor, IsWhatAMarkdownViewerMakesOfTheHeading) {
  EXPECT_EQ(anchor(kForeignLoad), "w104-foreign-load-on-the-cpu");
  EXPECT_EQ(anchor(kTimeCapped), "w102-time-capped");
}

}  // namespace
}  // namespace deepgap::record

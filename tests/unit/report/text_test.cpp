#include "deepgap/report/text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace deepgap::report {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("resnet50"), 8U);
  EXPECT_EQ(display_width("é±→…"), 4U);
  EXPECT_EQ(display_width("模型"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);  // a combining accent
}

TEST(Clean, LeavesPrintableTextAlone) { EXPECT_EQ(clean("模型 é → ok"), "模型 é → ok"); }

TEST(Clean, DisarmsControlCharacters) {
  EXPECT_EQ(clean("a\x1b[31mb\x07"), "a?[31mb?");
  EXPECT_EQ(clean("a\nb\tc\rd"), "a b c d");
  EXPECT_EQ(clean("a\u009b31m"), "a?31m");      // C1: an escape sequence of one character
  EXPECT_EQ(clean("abc\u202Etxt"), "abc?txt");  // reverses what follows
  EXPECT_EQ(clean(std::string_view{"a\0b", 3}), "a?b");
}

TEST(Clean, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(clean("a\xff"
                  "b"),
            std::string{"a"} + kReplacement + "b");
  EXPECT_EQ(clean("\xc0\xaf"), std::string{kReplacement} + kReplacement);           // overlong
  EXPECT_EQ(clean("\xed\xa0\x80").substr(0, 3), kReplacement);                      // surrogate
  EXPECT_EQ(clean("\xf4\x90\x80\x80").substr(0, 3), kReplacement);                  // over U+10FFFF
  EXPECT_EQ(clean("ok\xe6\xa8"), std::string{"ok"} + kReplacement + kReplacement);  // cut short
}

TEST(ValidUtf8, KeepsLinesAndTabs) {
  EXPECT_EQ(valid_utf8("a\n\tb\x01"), std::string{"a\n\tb"} + kReplacement);
}

TEST(Shorten, KeepsShortTextAsItIs) { EXPECT_EQ(shorten("abc", 3), "abc"); }

TEST(Shorten, CutsTheEndOrTheMiddle) {
  EXPECT_EQ(shorten("abcdefgh", 5), "abcd…");
  EXPECT_EQ(shorten("abcdefgh", 5, Cut::middle), "ab…gh");
  EXPECT_EQ(shorten("abcdefgh", 7, Cut::middle, false), "ab...gh");
  EXPECT_EQ(shorten("abcdefgh", 2, Cut::end, false), "ab");
  EXPECT_EQ(shorten("abcdefgh", 0), "");
}

TEST(Shorten, NeverSplitsAWideCharacter) {
  EXPECT_EQ(shorten("模型模型", 4), "模…");
  EXPECT_EQ(display_width(shorten("模型模型模型", 6, Cut::middle)), 5U);
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(wrap("the quick brown fox", 10), (std::vector<std::string>{"the quick", "brown fox"}));
  EXPECT_EQ(wrap("", 10), (std::vector<std::string>{""}));
  EXPECT_EQ(wrap("  a  b  ", 10), (std::vector<std::string>{"a b"}));
}

TEST(Wrap, BreaksWordsThatAreLongerThanALine) {
  EXPECT_EQ(wrap("a abcdefgh b", 4), (std::vector<std::string>{"a", "abcd", "efgh", "b"}));
}

TEST(Wrap, KeepsAPercentSignWithItsNumber) {
  EXPECT_EQ(wrap("to 99 % of", 5), (std::vector<std::string>{"to", "99 %", "of"}));
  EXPECT_EQ(wrap("99 %", 3), (std::vector<std::string>{"99 ", "%"}));
}

TEST(WrapLines, IndentsContinuations) {
  EXPECT_EQ(wrap_lines("aaa bbb ccc\nddd\n", 9), "aaa bbb\n  ccc\nddd\n");
  EXPECT_EQ(wrap_lines("", 9), "");
}

TEST(Text, NothingIsEverWiderThanAskedWhateverTheBytes) {
  std::mt19937 random{1};  // the same bytes in every run
  for (int run = 0; run < 500; ++run) {
    std::string bytes(random() % 60, ' ');
    for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? ' ' : static_cast<int>(random() % 256));
    const std::string text = clean(bytes);
    EXPECT_EQ(clean(text), text);
    for (const std::size_t width : {0, 1, 2, 5, 20}) {
      EXPECT_LE(display_width(shorten(text, width, Cut::end)), width);
      EXPECT_LE(display_width(shorten(text, width, Cut::middle, false)), width);
      for (const std::string& line : wrap(text, width))
        EXPECT_LE(display_width(line), std::max<std::size_t>(width, 2));
    }
  }
}

TEST(HumanDuration, PicksUnitsThatPeopleUse) {
  EXPECT_EQ(human_duration(0), "0.0s");
  EXPECT_EQ(human_duration(0.44), "0.4s");
  EXPECT_EQ(human_duration(9.96), "10s");
  EXPECT_EQ(human_duration(59.6), "1m 00s");
  EXPECT_EQ(human_duration(200), "3m 20s");
  EXPECT_EQ(human_duration(3900), "1h 05m");
  EXPECT_EQ(human_duration(2 * 86400 + 3 * 3600), "2d 3h");
}

TEST(HumanDuration, IsAQuestionMarkWithoutADuration) {
  EXPECT_EQ(human_duration(-1), "?");
  EXPECT_EQ(human_duration(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(human_duration(std::numeric_limits<double>::infinity()), "?");
  EXPECT_EQ(human_duration(1e300), "decades");
}

}  // namespace
}  // namespace deepgap::report

#include "deepgap/report/progress.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "deepgap/report/text.hpp"

namespace deepgap::report {
namespace {

Progress halfway() {
  return {.cases_done = 4,
          .cases_total = 9,
          .rounds_done = 21,
          .rounds_total = 45,
          .elapsed_s = 72,
          .eta_s = 88,
          .current = "resnet50 int8 batch 32"};
}

TEST(ProgressLine, SaysEverythingWhenThereIsRoom) {
  EXPECT_EQ(
      progress_line(halfway(), {.width = 110, .unicode = false}),
      "[########..........]   46 %  4/9 cases  21/45 rounds  1m 12s, 1m 28s left  resnet50 int8 batch 32");
}

TEST(ProgressLine, NeverExceedsItsWidth) {
  Progress odd = halfway();
  odd.current =
      "模型模型模型 \x1b[31m with a name that is far too long for any terminal there is, whatever its size";
  odd.elapsed_s = std::numeric_limits<double>::quiet_NaN();
  odd.eta_s = 1e12;
  for (const bool unicode : {true, false})
    for (std::size_t width = 0; width < 200; ++width) {
      EXPECT_LE(display_width(progress_line(halfway(), {.width = width, .unicode = unicode})), width);
      const std::string line = progress_line(odd, {.width = width, .unicode = unicode});
      EXPECT_LE(display_width(line), width);
      EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
}

TEST(ProgressLine, ColourAddsNoColumns) {
  const std::string plain = progress_line(halfway(), {.width = 100});
  std::string coloured = progress_line(halfway(), {.width = 100, .colour = true});
  for (const std::string code : {"\x1b[32m", "\x1b[0;90m", "\x1b[0m"}) {
    const auto at = coloured.find(code);
    ASSERT_NE(at, std::string::npos);
    coloured.erase(at, code.size());
  }
  EXPECT_EQ(coloured, plain);
}

TEST(ProgressLine, SurvivesNothingToDoAndTooMuchDone) {
  EXPECT_NE(progress_line({}, {.width = 80}).find("0 %"), std::string::npos);
  Progress over = halfway();
  over.rounds_done = 1000;
  EXPECT_NE(progress_line(over, {.width = 80}).find("100 %"), std::string::npos);
  over.rounds_total = 0;
  over.cases_done = -3;
  EXPECT_NE(progress_line(over, {.width = 80}).find("0 %"), std::string::npos);
}

TEST(ProgressLine, IsNotFullBeforeItIsDone) {
  Progress almost = halfway();
  almost.rounds_done = 9999;
  almost.rounds_total = 10000;
  EXPECT_NE(progress_line(almost, {.width = 80}).find(" 99 %"), std::string::npos);
}

TEST(ProgressLine, DropsTheTimeLeftWhenItIsNotKnown) {
  Progress progress = halfway();
  progress.eta_s.reset();
  const std::string line = progress_line(progress, {.width = 110});
  EXPECT_NE(line.find("1m 12s"), std::string::npos);
  EXPECT_EQ(line.find("left"), std::string::npos);
}

}  // namespace
}  // namespace deepgap::report

#include "deepgap/report/table.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "deepgap/report/text.hpp"
#include "sample_rows.hpp"

namespace deepgap::report {
namespace {

using record::Row;
using testing::measured;
using testing::not_run;
using testing::sample_rows;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text))
    if (line.find(part) != std::string::npos) return line;
  return "no line with '" + part + "' in\n" + text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string without_colour(std::string text) {
  for (std::size_t at = 0; (at = text.find('\x1b', at)) != std::string::npos;)
    text.erase(at, text.find('m', at) - at + 1);
  return text;
}

TEST(Table, NoLineIsWiderThanTheTerminal) {
  std::vector<Row> rows = sample_rows();
  rows.push_back(measured("m", "fp32", 1, 10, 0.01));
  rows.back().engine = "an_engine_with_a_very_long_name_indeed";
  rows.back().device = "some-device-with-a-long-id:0";
  rows.back().case_string += " hint=throughput cache=cold some.option=with_a_long_value_that_does_not_fit";
  rows.back().threads = 64;
  rows.back().streams = 16;
  for (const bool unicode : {true, false})
    for (std::size_t width = 40; width < 220; ++width)
      for (const std::string& line : lines_of(to_table(rows, {.width = width, .unicode = unicode})))
        ASSERT_LE(display_width(line), width) << line;
}

TEST(Table, WideTellsWhatLimitsEachRowWhereThatIsKnownOfAny) {
  std::vector<Row> rows = {measured("m", "fp32", 1, 10, 0.01), measured("m", "int8", 1, 20, 0.01)};
  EXPECT_FALSE(has(to_table(rows, {.width = 300, .wide = true}), "bound by"));
  rows[0].bound_by = "compute-bound";
  const std::string text = to_table(rows, {.width = 300, .wide = true});
  EXPECT_TRUE(has(text, "bound by"));
  EXPECT_TRUE(has(line_with(text, "fp32 "), "compute-bound"));
  EXPECT_FALSE(has(to_table(rows, {.width = 300}), "bound by"));
}

TEST(Table, IgnoresWidthsThatNoTableFits) {
  EXPECT_EQ(to_table(sample_rows(), {.width = 0}), to_table(sample_rows(), {.width = 40}));
}

TEST(Table, ShowsTheEverydayColumnsInAHundredColumns) {
  const std::string text = to_table(sample_rows());
  const std::string line = line_with(text, "fp16→bf16");
  for (const char* part : {"openvino", "16", "109.9", "0.9 %", "144.2", "100 %", "42.1", "few-rounds"})
    EXPECT_TRUE(has(line, part)) << part << "\n" << text;
}

TEST(Table, MarksTheBestCompletedRowOfEachModelAndNoMistrustedOne) {
  const std::string text = to_table(sample_rows());
  EXPECT_TRUE(line_with(text, "203.5").starts_with("★"));
  EXPECT_FALSE(line_with(text, "251.0").starts_with("★"));
}

TEST(Table, TellsWhyARowIsMistrustedUnderIt) {
  const std::string text = to_table(sample_rows());
  EXPECT_TRUE(has(text, "mistrusted\n    └ 31 % of the CPU time")) << text;
}

TEST(Table, GathersSkipsThatDifferOnlyInTheBatch) {
  EXPECT_TRUE(has(to_table(sample_rows()), "  skipped  openvino fp8, batch 1, 16, 32: openvino has no fp8"));
}

TEST(Table, ShowsEachWarningOnceWithItsRows) {
  const std::string text = to_table(sample_rows());
  EXPECT_TRUE(has(text, "few rounds: 5 rounds: a mode under 45 % may be unseen [W106] (2 rows)")) << text;
}

TEST(Table, NamesTheHardwareOnce) {
  const std::string text = to_table(sample_rows());
  EXPECT_EQ(text.find("Xeon"), text.rfind("Xeon"));
}

TEST(Table, ShowsAColumnForWhatDiffers) {
  std::vector<Row> rows{measured("m", "fp32", 1, 10, 0.01), measured("m", "fp32", 1, 20, 0.01)};
  EXPECT_FALSE(has(to_table(rows), "threads"));
  rows[1].threads = 4;
  EXPECT_TRUE(has(to_table(rows), "threads"));
  rows[1].case_string += " hint=throughput note=\"two words\"";
  EXPECT_TRUE(has(to_table(rows, {.width = 120}), "hint=throughput note=\"two words\""));
}

TEST(Table, SortsByPrecisionAndBatchWithinAModel) {
  const std::vector<Row> rows{measured("m", "int8", 8, 4, 0.01), measured("m", "fp32", 16, 2, 0.01),
                              measured("m", "fp32", 2, 1, 0.01), measured("m", "int8", 1, 3, 0.01)};
  const std::string text = to_table(rows);
  EXPECT_LT(text.find("1.000"), text.find("2.000"));
  EXPECT_LT(text.find("2.000"), text.find("3.00"));
  EXPECT_LT(text.find("3.00"), text.find("4.00"));
}

TEST(Table, IsPlainUnlessColourIsAskedForAndTheSameText) {
  const std::string plain = to_table(sample_rows());
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  const std::string coloured = to_table(sample_rows(), {.colour = true});
  EXPECT_NE(coloured.find("\x1b[31m"), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[33m"), std::string::npos);
  std::vector<std::string> stripped = lines_of(without_colour(coloured));
  for (std::string& line : stripped) line.erase(line.find_last_not_of(' ') + 1);
  EXPECT_EQ(stripped, lines_of(plain));
}

TEST(Table, KeepsToAsciiWhenAsked) {
  std::vector<Row> rows{measured("m", "fp16", 1, 10, 0.01)};
  rows[0].precision_effective = "bf16";
  rows[0].outcome = record::Outcome::mistrusted;
  rows[0].why = "why";
  rows.push_back(
      measured("a_model_with_a_name_that_is_much_too_long_for_a_table_of_forty_columns", "fp32", 1, 9, 0.01));
  for (const char c : to_table(rows, {.width = 40, .unicode = false})) ASSERT_GE(c, 0);
}

TEST(Table, WideShowsWhatIsKnownAndHidesWhatIsNot) {
  const std::string text = to_table(sample_rows(), {.wide = true});
  for (const char* title :
       {"mean ms", "p90 ms", "compile s", "host MB", "foreign CPU", "verified", "warnings"})
    EXPECT_TRUE(has(text, title)) << title;
  EXPECT_FALSE(has(text, "power W"));
  EXPECT_FALSE(has(text, "p99.9 ms"));
}

TEST(Table, HasASentenceForNoRows) { EXPECT_EQ(to_table({}), "No rows: nothing was measured yet.\n"); }

TEST(Table, ShowsReasonsWhenNothingCouldBeMeasured) {
  const std::vector<Row> rows{not_run("m", "fp32", 1, record::Outcome::failed, "")};
  const std::string text = to_table(rows);
  EXPECT_TRUE(has(text, "failed   openvino fp32, batch 1: no reason was recorded")) << text;
  EXPECT_FALSE(has(text, "inf/s"));
}

TEST(Table, HostileTextNeverReachesTheTerminal) {
  std::mt19937 random{7};  // the same bytes in every run
  for (int run = 0; run < 100; ++run) {
    std::string bytes(1 + random() % 80, ' ');
    for (char& c : bytes) c = static_cast<char>(random() % 256);
    std::vector<Row> rows{measured(bytes, "fp32", 1, 10, 0.01),
                          not_run(bytes, bytes, 1, record::Outcome::failed, bytes)};
    rows[0].engine = rows[0].label.emplace() = bytes;
    rows[0].case_string = rows[0].device = rows[0].device_name.emplace() = bytes;
    rows[0].outcome = record::Outcome::mistrusted;
    rows[0].why = bytes;
    rows[0].warnings = {bytes};
    for (const bool wide : {true, false})
      for (const std::string& line : lines_of(to_table(rows, {.width = 80, .wide = wide}))) {
        EXPECT_EQ(clean(line), line);
        if (!wide) {
          EXPECT_LE(display_width(line), 80U);
        }
      }
  }
}

}  // namespace
}  // namespace deepgap::report

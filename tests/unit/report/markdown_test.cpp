#include "deepgap/report/markdown.hpp"

#include <gtest/gtest.h>

#include <string>

#include "sample_rows.hpp"

namespace deepgap::report {
namespace {

// Cells as GitHub counts them: an escaped pipe is text.
std::size_t cells_in(const std::string& line) {
  std::size_t pipes = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == '|')
      ++pipes;
  }
  return pipes - 1;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(MarkdownEscaped, DisarmsWhatMarkdownReads) {
  EXPECT_EQ(markdown_escaped("a|b"), "a\\|b");
  EXPECT_EQ(markdown_escaped("`x` *y* _z_ [l](u) <b> \\"), "\\`x\\` \\*y\\* \\_z\\_ \\[l\\](u) \\<b\\> \\\\");
  EXPECT_EQ(markdown_escaped("a\nb\r\nc"), "a b  c");
  EXPECT_EQ(markdown_escaped("\x1b[0m"), "?\\[0m");
}

TEST(Markdown, EveryLineOfATableHasTheSameCells) {
  std::size_t cells = 0, tables = 0;
  for (const std::string& line : lines_of(to_markdown(testing::sample_rows()))) {
    if (!line.starts_with("|")) {
      cells = 0;
      continue;
    }
    if (cells == 0) {
      ++tables;
    } else {
      EXPECT_EQ(cells_in(line), cells) << line;
    }
    cells = cells_in(line);
  }
  EXPECT_EQ(tables, 3U);
}

TEST(Markdown, AnOddNameCannotBreakTheTable) {
  for (const std::string name : {"a|b", "`", "a\nb", "|", "\\", "\\|", "<script>", "# x"}) {
    const std::vector<record::Row> rows{testing::measured(name, "fp32", 1, 100, 0.01)};
    std::size_t cells = 0;
    for (const std::string& line : lines_of(to_markdown(rows, {.wide = true}))) {
      if (!line.starts_with("|")) continue;
      if (cells != 0) {
        EXPECT_EQ(cells_in(line), cells) << name;
      }
      cells = cells_in(line);
    }
    EXPECT_GT(cells, 5U);
  }
}

TEST(Markdown, SaysWhyRowsHaveNoNumbers) {
  const std::string text = to_markdown(testing::sample_rows());
  EXPECT_NE(text.find("- skipped: openvino fp8, batch 1, 16, 32: openvino has no fp8"), std::string::npos);
  EXPECT_NE(text.find("- failed: openvino fp32, batch 1024: the worker was killed"), std::string::npos);
  EXPECT_NE(text.find("mistrusted: 31 % of the CPU time"), std::string::npos);
}

TEST(Markdown, HasASentenceForNoRows) { EXPECT_EQ(to_markdown({}), "No rows: nothing was measured yet.\n"); }

TEST(Markdown, HeadingLevelIsKeptWithinWhatThereIs) {
  const std::vector<record::Row> rows{testing::measured("m", "fp32", 1, 100, 0.01)};
  EXPECT_NE(to_markdown(rows, {.heading_level = 2}).find("\n## m\n"), std::string::npos);
  EXPECT_NE(to_markdown(rows, {.heading_level = 99}).find("\n###### m\n"), std::string::npos);
}

}  // namespace
}  // namespace deepgap::report

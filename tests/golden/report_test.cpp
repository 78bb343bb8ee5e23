#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "program.hpp"

// tests/data/program/results.db, made by its results.toml, in every form that `report` knows.
namespace deepgap::golden {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Report : public Program {
 protected:
  std::string report(const Words& options) {
    Words words{"report", data("program/results.db").string()};
    words.insert(words.end(), options.begin(), options.end());
    const Ended ended = run(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, IsEmpty());
    return ended.out;
  }
};

TEST_F(Report, Table) {
  const std::string table = report({});
  expect_golden(table, "report.txt");
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
}

TEST_F(Report, WideTable) { expect_golden(report({"--wide"}), "report-wide.txt"); }

TEST_F(Report, PlainTableWhereTheLocaleHasNoUnicode) {
  const Ended ended = run({"report", data("program/results.db").string()}, {.more = {{"LC_ALL", "C"}}});
  expect_golden(ended.out, "report-ascii.txt");
}

TEST_F(Report, Csv) { expect_golden(report({"--csv"}), "report.csv"); }

TEST_F(Report, Markdown) { expect_golden(report({"--markdown"}), "report.md"); }

TEST_F(Report, Json) {
  const std::string text = report({"--json"});
  ASSERT_TRUE(nlohmann::json::accept(text));
  expect_golden(
      std::regex_replace(text, std::regex{R"re("(generated_at|generator)": "[^"]*")re"}, "\"$1\": \"-\""),
      "report.json");
}

TEST_F(Report, LatencyLimitChangesTheAnswer) {
  EXPECT_THAT(report({"--latency-limit-ms", "0.25"}), HasSubstr("under 0.25 ms"));
}

TEST_F(Report, CaseOfARowRunsAgain) {
  const auto document = nlohmann::json::parse(report({"--json"}));
  for (const auto& row : document.at("rows")) {
    if (row.at("outcome") != "completed") continue;
    const auto text = row.at("case").get<std::string>();
    const Ended ended = run({"case", text, "--profile", "quick", "-q", "--json"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    const auto again = nlohmann::json::parse(ended.out).at("rows");
    ASSERT_EQ(again.size(), 1U);
    for (const char* key : {"case", "model_hash", "settings_requested", "precision_effective"})
      EXPECT_EQ(again[0].at(key), row.at(key)) << key;
    return;
  }
  FAIL() << "no completed row in results.db";
}

}  // namespace
}  // namespace deepgap::golden

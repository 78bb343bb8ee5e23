#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

// A model whose name holds what every format and every shell gives a meaning.
namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::HasSubstr;

constexpr std::string_view kOddName = "net a=b, c|d <i>é 'q'.onnx";

// RFC 4180, enough to read a header and records back.
std::vector<Words> parse_csv(std::string_view text) {
  std::vector<Words> records(1, Words(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      records.back().back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      records.back().emplace_back();
    } else if (!quoted && c == '\n') {
      records.emplace_back(1);
    } else if (quoted || c != '\r') {
      records.back().back() += c;
    }
  }
  if (records.back() == Words(1)) records.pop_back();
  return records;
}

// Columns of each line of a Markdown table: bars that no backslash takes back.
std::vector<std::ptrdiff_t> bars(const std::string& markdown) {
  std::vector<std::ptrdiff_t> counts;
  std::istringstream lines{markdown};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('|')) continue;
    std::ptrdiff_t count = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
      count += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    counts.push_back(count);
  }
  return counts;
}

class Names : public Program {
 protected:
  void SetUp() override {
    const fs::path from = data("models/m14-names");
    fs::create_directories(folder() / "my nets");
    for (const char* name : {kOddName.data(), "no_node_names.onnx"})
      fs::copy_file(from / name, folder() / "my nets" / name);
    study("a study.toml",
          {.top = "models = [\"my nets/" + std::string{kOddName} + "\", \"my nets/no_node_names.onnx\"]\n"});
    const Ended ended = run({"run", "a study.toml", "-q", "-o", "my results.db"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    table_ = ended.out;
  }
  std::string table_;
};

TEST_F(Names, SurviveEveryFormatAndTheCaseString) {
  const std::string model = "my nets/" + std::string{kOddName};
  const auto rows = this->rows("my results.db");
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& row : rows) EXPECT_EQ(row.at("verified"), "pass") << row.dump(1);
  EXPECT_EQ(rows[0].at("model"), model);
  EXPECT_THAT(table_, HasSubstr(kOddName));

  const auto csv = parse_csv(run({"report", "my results.db", "--csv"}).out);
  ASSERT_EQ(csv.size(), 3U);
  for (const Words& record : csv) EXPECT_EQ(record.size(), csv[0].size());
  const auto column = std::ranges::find(csv[0], "model") - csv[0].begin();
  EXPECT_EQ(csv[1].at(static_cast<std::size_t>(column)), model);

  const std::string markdown = run({"report", "my results.db", "--markdown"}).out;
  const auto counts = bars(markdown);
  ASSERT_FALSE(counts.empty());
  EXPECT_THAT(counts, Each(counts.front()));
  EXPECT_THAT(markdown, Not(HasSubstr("<i>")));

  const auto again = rows[0].at("case").get<std::string>();
  const Ended ended = run({"case", again, "--profile", "quick", "-q", "-o", "again.db"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto repeated = this->rows("again.db");
  ASSERT_EQ(repeated.size(), 1U);
  for (const char* key : {"case", "model", "model_hash", "settings_requested"})
    EXPECT_EQ(repeated[0].at(key), rows[0].at(key)) << key;
}

TEST_F(Names, OutOfTheModelWriteNothingElsewhere) {
  EXPECT_FALSE(fs::exists("/tmp/deepgap_escape"));
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator{folder()}) left.push_back(entry.path().filename().string());
  EXPECT_THAT(left, ::testing::UnorderedElementsAre("a study.toml", "my nets", "my results.db"));
}

}  // namespace
}  // namespace deepgap::golden

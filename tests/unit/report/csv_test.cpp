#include "deepgap/report/csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <map>
#include <string>
#include <vector>

#include "deepgap/record/columns.hpp"
#include "sample_rows.hpp"

namespace deepgap::report {
namespace {

using record::Row;
using Records = std::vector<std::vector<std::string>>;

// A strict reader of RFC 4180, written from the RFC and not from the writer.
Records parse(std::string_view text) {
  Records records;
  std::vector<std::string> fields(1);
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '"' && fields.back().empty()) {
      for (++i; i < text.size(); ++i) {
        if (text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"')
          ++i;
        else if (text[i] == '"')
          break;
        fields.back() += text[i];
      }
      ++i;
    } else if (text[i] == ',') {
      fields.emplace_back();
      ++i;
    } else if (text.substr(i, 2) == "\r\n") {
      records.push_back(std::move(fields));
      fields.assign(1, "");
      i += 2;
    } else {
      EXPECT_TRUE(text[i] != '"' && text[i] != '\n' && text[i] != '\r') << "bare special at " << i;
      fields.back() += text[i++];
    }
  }
  return records;
}

std::map<std::string, std::string> only_row(const Row& row) {
  const Records records = parse(to_csv(std::span{&row, 1}));
  std::map<std::string, std::string> fields;
  if (records.size() != 2 || records[0].size() != records[1].size()) {
    ADD_FAILURE() << "not one header and one record";
    return fields;
  }
  for (std::size_t i = 0; i < records[0].size(); ++i) fields[records[0][i]] = records[1][i];
  return fields;
}

TEST(Csv, HasTheColumnsAsHeaderEvenWithoutRows) {
  const Records records = parse(to_csv({}));
  ASSERT_EQ(records.size(), 1U);
  std::vector<std::string> names;
  for (const record::Column& column : record::columns()) names.push_back(column.name);
  EXPECT_EQ(records[0], names);
}

TEST(Csv, EveryRecordHasEveryField) {
  const auto rows = testing::sample_rows();
  const Records records = parse(to_csv(rows));
  ASSERT_EQ(records.size(), rows.size() + 1);
  for (const auto& fields : records) EXPECT_EQ(fields.size(), record::columns().size());
}

TEST(Csv, QuotesWhatNeedsQuotes) {
  Row row;
  row.why = "a,b \"c\"\r\nd";
  EXPECT_EQ(only_row(row).at("why"), "a,b \"c\"\r\nd");
}

TEST(Csv, AbsentIsEmptyAndZeroIsNot) {
  Row row;
  row.throttled_share = 0.0;
  const auto fields = only_row(row);
  EXPECT_EQ(fields.at("power_w"), "");
  EXPECT_EQ(fields.at("throttled_share"), "0");
}

TEST(Csv, NumbersReadBackExactly) {
  Row row;
  row.power_w = 0.1 + 0.2;
  row.compile_s = 1e-7;
  row.samples = 9007199254740993;
  const auto fields = only_row(row);
  EXPECT_EQ(std::stod(fields.at("power_w")), 0.1 + 0.2);
  EXPECT_EQ(std::stod(fields.at("compile_s")), 1e-7);
  EXPECT_EQ(fields.at("samples"), "9007199254740993");
}

TEST(Csv, NoSpreadsheetRunsATextAsAFormula) {
  for (const std::string text : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"}) {
    Row row;
    row.model = text;
    EXPECT_EQ(only_row(row).at("model"), "'" + text);
  }
  Row row;
  row.model = "a=1";
  row.power_w = -3.5;
  EXPECT_EQ(only_row(row).at("model"), "a=1");
  EXPECT_EQ(only_row(row).at("power_w"), "-3.5");
}

TEST(Csv, ObjectsAndListsAreJson) {
  Row row;
  row.settings = {{"hint", {"a \"b\"", std::nullopt}}};
  row.warnings = {"one, two", "three"};
  const auto fields = only_row(row);
  EXPECT_EQ(fields.at("settings_requested"), R"({"hint":"a \"b\""})");
  EXPECT_EQ(fields.at("settings_effective"), R"({"hint":null})");
  EXPECT_EQ(fields.at("warnings"), R"(["one, two","three"])");
}

TEST(Csv, BytesThatAreNotTextAreReplaced) {
  Row row;
  row.model = std::string{"a\0\xff", 3};
  row.warnings = {"\xff"};
  EXPECT_EQ(only_row(row).at("model"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(only_row(row).at("warnings"), "[\"\xEF\xBF\xBD\"]");
}

}  // namespace
}  // namespace deepgap::report

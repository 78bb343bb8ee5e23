#include "golden.hpp"

#include <gtest/gtest.h>

#include "deepgap/advise/answer.hpp"
#include "deepgap/report/csv.hpp"
#include "deepgap/report/explain.hpp"
#include "deepgap/report/json.hpp"
#include "deepgap/report/markdown.hpp"
#include "deepgap/report/table.hpp"
#include "deepgap/report/text.hpp"
#include "sample_rows.hpp"

namespace deepgap::report {
namespace {

using testing::docs;
using testing::expect_file;
using testing::golden;
using testing::sample_rows;

TEST(GoldenTable, IsAsKeptAtEveryUsualWidth) {
  for (const std::size_t width : {60, 80, 100, 160})
    expect_file(golden("table_" + std::to_string(width) + ".txt"), to_table(sample_rows(), {.width = width}));
}

TEST(GoldenTable, WideIsAsKept) {
  expect_file(golden("table_wide.txt"), to_table(sample_rows(), {.wide = true}));
}

TEST(GoldenTable, AsciiIsAsKept) {
  expect_file(golden("table_ascii.txt"), to_table(sample_rows(), {.unicode = false}));
}

TEST(GoldenTable, ColourIsAsKept) {
  expect_file(golden("table_colour.txt"), to_table(sample_rows(), {.colour = true}));
}

TEST(GoldenMarkdown, IsAsKept) { expect_file(golden("rows.md"), to_markdown(sample_rows())); }

TEST(GoldenCsv, IsAsKept) { expect_file(golden("rows.csv"), to_csv(sample_rows())); }

TEST(GoldenJson, IsAsKept) {
  const Meta meta{.generator = "deepgap 0.1.0",
                  .generated_at = "2026-01-02T03:05:00Z",
                  .study_name = "quick",
                  .study_fingerprint = "00ff",
                  .machine_json = R"({"cpu": "Xeon", "cores": 2})"};
  expect_file(golden("rows.json"), to_json(sample_rows(), meta));
}

TEST(GoldenAnswer, IsAsKept) {
  expect_file(golden("answer.txt"), wrap_lines(advise::answer(sample_rows()).text(), 100));
}

TEST(Documentation, MetricsPageIsMadeFromTheColumns) { expect_file(docs("metrics.md"), metrics_markdown()); }

TEST(Documentation, WarningsPageIsMadeFromTheTexts) { expect_file(docs("warnings.md"), warnings_markdown()); }

TEST(Documentation, SchemaIsMadeFromTheColumns) { expect_file(docs("result.schema.json"), result_schema()); }

}  // namespace
}  // namespace deepgap::report

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "deepgap/record/row.hpp"

namespace deepgap::report {

struct MarkdownOptions {
  bool wide = false;      // every column that is useful to a reader
  int heading_level = 3;  // of the heading over each model's table
};

// One table a model (GitHub's dialect), reasons of skipped and failed rows and the warnings below it.
[[nodiscard]] std::string to_markdown(std::span<const record::Row> rows, const MarkdownOptions& options = {});

// Text that Markdown shows as it is, on one line, also inside a table cell.
[[nodiscard]] std::string markdown_escaped(std::string_view text);

}  // namespace deepgap::report

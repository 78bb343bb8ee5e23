#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "deepgap/report/view.hpp"

// Private to report/: which columns a table of these rows has, and what a row shows in each.
namespace deepgap::report {

struct ColumnMaker {
  ViewColumn column;
  std::function<Cell(const record::Row&)> cell;
};

[[nodiscard]] std::vector<ColumnMaker> choose_columns(std::span<const record::Row> rows, bool wide,
                                                      bool unicode);

// "fp16→bf16" when something else ran than was asked for.
[[nodiscard]] std::string precision_text(const record::Row& row, bool unicode);

// The words of the canonical case that no column of its own shows: "hint=throughput cache=cold".
[[nodiscard]] std::string other_options(const record::Row& row);

// What tells the row from the others of its model, batch left out: "openvino cuda:0 fp16, 2 threads".
[[nodiscard]] std::string configuration_text(const record::Row& row, std::span<const record::Row> rows,
                                             bool unicode);

[[nodiscard]] bool was_measured(const record::Row& row);  // completed or mistrusted

}  // namespace deepgap::report

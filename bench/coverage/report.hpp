#pragma once

#include <string>
#include <vector>

#include "cell.hpp"

// Cells as a table for people and as JSON.
namespace deepgap::coverage {

struct NamedCell {
  std::string rule;    // "standard", "nvbench stdrel"
  std::string series;  // a family or a record
  double base_ms = 1;
  Cell cell;
};

// Markdown, one line a cell; percentiles only for rules that state them.
[[nodiscard]] std::string table(const std::vector<NamedCell>& cells, bool percentiles);
[[nodiscard]] std::string json(const std::vector<NamedCell>& cells, int runs, double spacing_s);

}  // namespace deepgap::coverage

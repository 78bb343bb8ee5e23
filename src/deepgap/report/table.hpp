#pragma once

#include <span>
#include <string>

#include "deepgap/record/row.hpp"

namespace deepgap::report {

struct TableOptions {
  std::size_t width = 100;  // columns of the terminal; narrower than 40 is treated as 40
  bool colour = false;      // ANSI colours
  bool wide = false;        // every column that is useful to a reader, however wide
  bool unicode = true;      // "★", "→", "±", "…" or their ASCII stand-ins
};

// One block a model. Without `wide` no line is wider than `width`: columns go by priority, names are
// shortened. Ends with a newline unless there are no rows, which gives one sentence.
[[nodiscard]] std::string to_table(std::span<const record::Row> rows, const TableOptions& options = {});

}  // namespace deepgap::report

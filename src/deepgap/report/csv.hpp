#pragma once

#include <span>
#include <string>

#include "deepgap/record/row.hpp"

namespace deepgap::report {

// RFC 4180: a header line with every column of record/columns, CRLF line ends, absent = empty field, lists
// and objects as JSON text, numbers in the shortest form that reads back exactly. A text that begins with = +
// - @, a tab or a carriage return gets a leading apostrophe, so that a spreadsheet does not run it as a
// formula.
[[nodiscard]] std::string to_csv(std::span<const record::Row> rows);

}  // namespace deepgap::report

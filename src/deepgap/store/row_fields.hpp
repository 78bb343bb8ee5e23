#pragma once

#include <span>
#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"
#include "deepgap/record/row.hpp"
#include "deepgap/store/sqlite.hpp"

// How a record::Row lies in the table `results`: one descriptor a field, from which the table's definition
// and the statements that write and read it are made. A row comes back as it was stored.
namespace deepgap::store {

struct RowColumn {
  std::string_view suffix;  // "", "_lo", "_requested", ...
  std::string_view type;    // as in CREATE TABLE
};

struct RowField {
  std::string_view name;
  std::span<const RowColumn> columns;
  void (*write)(const record::Row& row, Query& into);                     // binds columns.size() values
  Status (*read)(record::Row& row, const Query& from, int first_column);  // invalid_input: not our value
  int since;  // schema that brought the field; an added one must be optional or have a default
};

[[nodiscard]] std::span<const RowField> row_fields();

[[nodiscard]] std::string row_column_definitions(int since);  // "case" TEXT NOT NULL, ... of that schema
[[nodiscard]] const std::string& insert_row_sql();            // replaces an equal case
[[nodiscard]] const std::string& row_columns_sql();           // results."case", results."run", ...
void write_row(const record::Row& row, Query& into);
Result<record::Row> read_row(const Query& from);  // of a SELECT that begins with row_columns_sql()

}  // namespace deepgap::store

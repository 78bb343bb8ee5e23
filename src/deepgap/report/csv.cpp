#include "deepgap/report/csv.hpp"

#include <fmt/format.h>

#include <utility>

#include "deepgap/record/columns.hpp"
#include "deepgap/report/json_value.hpp"
#include "deepgap/report/text.hpp"

namespace deepgap::report {
namespace {

// Only texts: a negative number is no formula.
std::string without_formula(const std::string& text) {
  constexpr std::string_view kStarts = "=+-@\t\r";
  return !text.empty() && kStarts.find(text.front()) != std::string_view::npos ? "'" + text : text;
}

std::string field_text(const record::Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return fmt::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return fmt::to_string(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return without_formula(valid_utf8(*text));
  if (std::holds_alternative<std::monostate>(value)) return {};
  return dump(to_json_value(value));
}

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string to_csv(std::span<const record::Row> rows) {
  std::string out;
  const auto append_line = [&](const auto& field_of) {
    bool first = true;
    for (const record::Column& column : record::columns()) {
      if (!std::exchange(first, false)) out += ',';
      append_field(out, field_of(column));
    }
    out += "\r\n";
  };
  append_line([](const record::Column& column) { return column.name; });
  for (const record::Row& row : rows)
    append_line([&](const record::Column& column) { return field_text(column.get(row)); });
  return out;
}

}  // namespace deepgap::report

#include "deepgap/report/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deepgap/record/columns.hpp"
#include "deepgap/report/text.hpp"
#include "deepgap/report/warning_texts.hpp"

namespace deepgap::report {
namespace {

using record::Column;

std::string paragraph(std::string_view head, std::string_view text, std::size_t width) {
  const std::size_t indent = display_width(head);
  std::string out;
  for (const std::string& line : wrap(text, width > indent + 20 ? width - indent : 20))
    out += (out.empty() ? std::string{head} : std::string(indent, ' ')) + line + "\n";
  return out;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string type_text(const Column& column) {
  const std::string kind{name(column.kind)};
  return column.unit.empty() ? kind : kind + ", " + column.unit;
}

bool has_bounds(const Column& column) { return record::find_column(column.name + "_lo") != nullptr; }

std::string explain_column(const Column& column, std::size_t width) {
  std::string out = fmt::format("{} ({}; {})\n", column.name, type_text(column), name(column.group));
  out += paragraph("  ", column.definition, width);
  if (!column.allowed.empty()) out += paragraph("  Values: ", list_of(column.allowed), width);
  if (has_bounds(column))
    out += paragraph("  Interval: ", "95 %, in " + column.name + "_lo and " + column.name + "_hi.", width);
  if (!column.caveat.empty()) out += paragraph("  Caveat: ", column.caveat, width);
  if (!column.bound_of.empty()) out += paragraph("  See: ", column.bound_of, width);
  return out;
}

std::string explain_warning(const WarningText& text, std::size_t width) {
  std::string out = fmt::format("{}: {}\n", text.warning.id, text.warning.heading);
  out += paragraph("  What happened: ", text.happened, width);
  out += paragraph("  How much it matters: ", text.matters, width);
  out += paragraph("  What to do: ", text.cure, width);
  return out;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// "<" would begin a tag outside code; "|" ends a cell.
std::string in_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::optional<std::string> explain(std::string_view name, std::size_t width) {
  const std::string wanted = lower(name);
  if (const Column* column = record::find_column(wanted)) return explain_column(*column, width);
  for (const WarningText& text : warning_texts())
    if (wanted == lower(text.warning.id) || wanted == lower(text.warning.heading))
      return explain_warning(text, width);
  return std::nullopt;
}

std::vector<std::string> explainable() {
  std::vector<std::string> names;
  for (const Column& column : record::columns()) names.push_back(column.name);
  for (const record::Warning& warning : record::all_warnings()) names.emplace_back(warning.id);
  return names;
}

std::string metrics_list(std::size_t width) {
  std::size_t longest = 0;
  for (const Column& column : record::columns())
    if (column.bound_of.empty()) longest = std::max(longest, column.name.size());
  std::string out;
  for (const record::Group group : record::kAllGroups) {
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", name(group));
    for (const Column& column : record::columns()) {
      if (column.group != group || !column.bound_of.empty()) continue;
      const std::string first = column.definition.substr(0, column.definition.find(". "));
      const std::string text =
          "  " + pad_right(column.name, longest + 2) + pad_right(column.unit, 11) + first;
      out += shorten(text, width) + "\n";
    }
  }
  return out;
}

std::string metrics_markdown() {
  std::string out =
      "# Metrics\n\n"
      "Every column of a result: its name in CSV, JSON and SQL, what it is, and when not to believe it. This "
      "page "
      "is made\nfrom the table in the program (`src/deepgap/record/columns*.cpp`); `deepgap explain NAME` "
      "prints "
      "the same text.\n\n"
      "Anything that is not known is absent: an empty field in CSV, `null` in JSON, `-` in tables; never 0 "
      "and "
      "never NaN.\nA column with an interval has two more, `_lo` and `_hi`: the ends of its 95 % interval. "
      "In CSV "
      "a text that begins with\n`=`, `+`, `-`, `@`, a tab or a carriage return has an apostrophe before it, "
      "so "
      "that a spreadsheet does not run it.\n";
  for (const record::Group group : record::kAllGroups) {
    std::string title{name(group)};
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    out += fmt::format("\n## {}\n", title);
    for (const Column& column : record::columns()) {
      if (column.group != group || !column.bound_of.empty()) continue;
      out += fmt::format("\n### {}\n\n*{}{}*\n\n", column.name, in_markdown(type_text(column)),
                         has_bounds(column) ? ", with a 95 % interval" : "");
      out += paragraph("", in_markdown(column.definition), 110);
      if (!column.allowed.empty())
        out.append("\n").append(paragraph("", fmt::format("Values: {}.", list_of(column.allowed)), 110));
      if (!column.caveat.empty())
        out.append("\n").append(paragraph("", "Caveat: " + in_markdown(column.caveat), 110));
    }
  }
  return out;
}

std::string warnings_markdown() {
  std::string out =
      "# Warnings\n\n"
      "Every warning that the program can print ends with its id in brackets; `deepgap explain W104` prints "
      "the "
      "text below.\nThis page is made from `src/deepgap/report/warning_texts.cpp`.\n";
  for (const WarningText& text : warning_texts()) {
    out += fmt::format("\n## {}: {}\n\n", text.warning.id, text.warning.heading);
    out += paragraph("", "**What happened.** " + in_markdown(text.happened), 110) + "\n";
    out += paragraph("", "**How much it matters.** " + in_markdown(text.matters), 110) + "\n";
    out += paragraph("", "**What to do.** " + in_markdown(text.cure), 110);
  }
  return out;
}

}  // namespace deepgap::report

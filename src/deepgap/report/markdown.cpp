#include "deepgap/report/markdown.hpp"

#include <algorithm>

#include "deepgap/report/text.hpp"
#include "deepgap/report/view.hpp"

namespace deepgap::report {
namespace {

void append_line(std::string& out, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) out += "| " + cell + " ";
  out += "|\n";
}

void append_table(std::string& out, const View& view, const ViewGroup& group) {
  std::vector<std::string> titles, rules;
  for (const ViewColumn& column : view.columns) {
    titles.push_back(markdown_escaped(column.title));
    rules.push_back(column.right ? "---:" : "---");
  }
  append_line(out, titles);
  append_line(out, rules);
  for (const ViewRow& row : group.rows) {
    std::vector<std::string> cells;
    for (const Cell& cell : row.cells) {
      const std::string text = markdown_escaped(cell.text);
      cells.push_back(row.best && cell.text != "-" ? "**" + text + "**" : text);
    }
    if (!row.note.empty()) cells.back() += ": " + markdown_escaped(row.note);
    append_line(out, cells);
  }
  out += '\n';
}

}  // namespace

std::string markdown_escaped(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_[]<>|~&#$";
  std::string out;
  for (const char c : clean(text)) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string to_markdown(std::span<const record::Row> rows, const MarkdownOptions& options) {
  if (rows.empty()) return "No rows: nothing was measured yet.\n";
  const View view = make_view(rows, options.wide, true);
  std::string out;
  for (const std::string& caption : view.captions) out += "- " + markdown_escaped(caption) + "\n";
  if (!view.captions.empty()) out += '\n';
  const auto level = static_cast<std::size_t>(std::clamp(options.heading_level, 1, 6));
  for (const ViewGroup& group : view.groups) {
    out += std::string(level, '#') + " " + markdown_escaped(group.model) + "\n\n";
    if (!group.rows.empty()) append_table(out, view, group);
    for (const NotRun& entry : group.not_run)
      out += "- " + entry.outcome + ": " + markdown_escaped(entry.what) + ": " + markdown_escaped(entry.why) +
             "\n";
    if (!group.not_run.empty()) out += '\n';
  }
  if (!view.warnings.empty()) {
    out += "Warnings:\n\n";
    for (const std::string& warning : view.warnings) out += "- " + markdown_escaped(warning) + "\n";
    out += '\n';
  }
  for (const std::string& contract : view.contracts) out += "A call: " + markdown_escaped(contract) + ".\n\n";
  out += "Bold: highest throughput of its model. ±: half of the 95 % interval. -: not known.\n";
  return out;
}

}  // namespace deepgap::report

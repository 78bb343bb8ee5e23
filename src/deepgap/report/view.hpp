#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "deepgap/record/row.hpp"

// Private to report/: what a reader's table shows, before it is laid out for a terminal or as Markdown.
// All texts are clean (printable UTF-8 on one line).
namespace deepgap::report {

enum class Tone : std::uint8_t { plain, good, doubtful, bad, quiet };

struct Cell {
  std::string text = {};
  Tone tone = Tone::plain;
};

struct ViewColumn {
  std::string title = {};
  bool right = true;     // alignment
  int keep = 0;          // the smaller the sooner it is dropped for want of width
  bool shrinks = false;  // may be shortened
};
inline constexpr int kKeepAlways = 1000;

struct ViewRow {
  std::vector<Cell> cells = {};  // one a column
  bool best = false;             // highest throughput among the completed rows of its model
  std::string note = {};         // why a mistrusted row is mistrusted; else empty
};

// Rows without numbers that differ in nothing but the batch, and why they have none.
struct NotRun {
  std::string outcome = {};  // "failed" or "skipped"
  Tone tone = Tone::bad;
  std::string what = {};  // "openvino fp16, batch 1, 4, 16"
  std::string why = {};
};

struct ViewGroup {
  std::string model = {};
  std::vector<ViewRow> rows = {};
  std::vector<NotRun> not_run = {};
};

struct LegendEntry {
  std::string text;
  std::string title;  // only where the column of this title is shown; "" = always
};

struct View {
  std::vector<std::string> captions;  // engines and devices
  std::vector<ViewColumn> columns;
  std::vector<ViewGroup> groups;       // one a model, in order of appearance
  std::vector<std::string> warnings;   // each kind once, with the number of rows
  std::vector<std::string> contracts;  // what a call contains: each kind once, in words
  std::vector<LegendEntry> legend;
};

[[nodiscard]] View make_view(std::span<const record::Row> rows, bool wide, bool unicode);

}  // namespace deepgap::report

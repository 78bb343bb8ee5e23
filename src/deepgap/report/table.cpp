#include "deepgap/report/table.hpp"

#include <algorithm>
#include <optional>

#include "deepgap/report/text.hpp"
#include "deepgap/report/view.hpp"

namespace deepgap::report {
namespace {

constexpr std::size_t kGap = 2, kMark = 2, kNarrowest = 40, kShortestCell = 6;

class Layout {
 public:
  Layout(const View& view, const TableOptions& options)
      : view_{view}, options_{options}, limit_{std::max(options.width, kNarrowest)} {
    for (std::size_t i = 0; i < view.columns.size(); ++i) {
      std::size_t width = display_width(view.columns[i].title);
      for (const ViewGroup& group : view.groups)
        for (const ViewRow& row : group.rows) width = std::max(width, display_width(row.cells[i].text));
      widths_.push_back(width);
      shown_.push_back(i);
    }
    if (!options.wide) fit();
  }

  std::string render() {
    for (const std::string& caption : view_.captions)
      line(shorten(caption, room(), Cut::middle, options_.unicode));
    if (!view_.captions.empty()) line("");
    render_titles();
    for (const ViewGroup& group : view_.groups) render(group, &group == &view_.groups.front());
    if (!view_.warnings.empty()) {
      line("");
      for (const std::string& warning : view_.warnings) hanging("Warning: ", warning, Tone::doubtful);
    }
    if (!view_.contracts.empty()) line("");
    for (const std::string& contract : view_.contracts) hanging("A call: ", contract, Tone::quiet);
    if (!view_.legend.empty()) render_legend();
    return std::move(out_);
  }

 private:
  std::size_t total() const {
    std::size_t sum = kMark;
    for (const std::size_t i : shown_) sum += widths_[i] + kGap;
    return sum - kGap;
  }
  std::size_t room() const { return options_.wide ? std::max(limit_, total()) : limit_; }

  void fit() {
    while (total() > limit_) {
      const auto least = std::min_element(shown_.begin(), shown_.end(), [&](std::size_t a, std::size_t b) {
        return view_.columns[a].keep < view_.columns[b].keep;
      });
      if (view_.columns[*least].keep == kKeepAlways) break;
      shown_.erase(least);
    }
    while (total() > limit_ && shrink_widest()) {
    }
  }

  bool shrink_widest() {
    std::optional<std::size_t> widest;
    for (const std::size_t i : shown_) {
      if (!view_.columns[i].shrinks || widths_[i] <= kShortestCell) continue;
      if (!widest || widths_[i] > widths_[*widest]) widest = i;
    }
    if (widest) --widths_[*widest];
    return widest.has_value();
  }

  std::string painted(const std::string& text, Tone tone, bool bold = false) const {
    if (!options_.colour || text.find_first_not_of(' ') == std::string::npos) return text;
    std::string code;
    switch (tone) {
      case Tone::plain: break;
      case Tone::good: code = "32"; break;
      case Tone::doubtful: code = "33"; break;
      case Tone::bad: code = "31"; break;
      case Tone::quiet: code = "2"; break;
    }
    if (bold && tone != Tone::quiet) code += code.empty() ? "1" : ";1";
    return code.empty() ? text : "\x1b[" + code + "m" + text + "\x1b[0m";
  }

  void line(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    out_ += text + "\n";
  }

  std::string aligned(const std::string& text, std::size_t column) const {
    const std::size_t width = widths_[column];
    const std::string cut = shorten(text, width, Cut::middle, options_.unicode);
    return view_.columns[column].right ? pad_left(cut, width) : pad_right(cut, width);
  }

  // Beyond the limit only when even the shortest columns do not fit: then the line is cut.
  void grid(const std::vector<std::string>& plain, const std::vector<std::string>& coloured) {
    std::string bare, text;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      const std::string gap(i < 2 ? 0 : kGap, ' ');
      bare += gap + plain[i];
      text += gap + coloured[i];
    }
    line(display_width(bare) <= room() ? text : shorten(bare, room(), Cut::end, options_.unicode));
  }

  void render_titles() {
    const bool any = std::any_of(view_.groups.begin(), view_.groups.end(),
                                 [](const ViewGroup& group) { return !group.rows.empty(); });
    if (!any) return;
    std::vector<std::string> plain{std::string(kMark, ' ')}, coloured{std::string(kMark, ' ')};
    for (const std::size_t i : shown_) {
      plain.push_back(aligned(view_.columns[i].title, i));
      coloured.push_back(painted(plain.back(), Tone::quiet));
    }
    grid(plain, coloured);
  }

  void render(const ViewGroup& group, bool first) {
    if (!first) line("");
    line(painted(shorten(group.model, room(), Cut::middle, options_.unicode), Tone::plain, true));
    for (const ViewRow& row : group.rows) render(row);
    for (const NotRun& entry : group.not_run)
      hanging(std::string(kMark, ' ') + pad_right(entry.outcome, 7) + "  ", entry.what + ": " + entry.why,
              entry.tone);
  }

  void render(const ViewRow& row) {
    const std::string mark = row.best ? (options_.unicode ? "★ " : "* ") : "  ";
    std::vector<std::string> plain{mark}, coloured{painted(mark, Tone::good)};
    for (const std::size_t i : shown_) {
      const Cell& cell = row.cells[i];
      plain.push_back(aligned(cell.text, i));
      const Tone tone = !row.note.empty()                      ? Tone::doubtful
                        : row.best && cell.tone == Tone::plain ? Tone::good
                                                               : cell.tone;
      coloured.push_back(painted(plain.back(), tone, row.best));
    }
    grid(plain, coloured);
    if (!row.note.empty()) hanging(options_.unicode ? "    └ " : "    why: ", row.note, Tone::doubtful);
  }

  void hanging(const std::string& head, const std::string& text, Tone tone) {
    const std::size_t indent = display_width(head), width = std::min<std::size_t>(room(), 120) - indent;
    bool first = true;
    for (const std::string& part : wrap(text, width)) {
      line(first ? painted(head, tone) + part : std::string(indent, ' ') + part);
      first = false;
    }
  }

  void render_legend() {
    line("");
    std::string text;
    const std::string separator = options_.unicode ? " · " : "; ";
    for (const auto& [entry, title] : view_.legend) {
      const auto has_title = [&, wanted = &title](std::size_t i) {
        return view_.columns[i].title == *wanted;
      };
      if (!title.empty() && std::none_of(shown_.begin(), shown_.end(), has_title)) continue;
      const std::string longer = text.empty() ? entry : text + separator + entry;
      if (!text.empty() && display_width(longer) > std::min<std::size_t>(room(), 120)) {
        line(painted(text, Tone::quiet));
        text = entry;
      } else {
        text = longer;
      }
    }
    for (const std::string& part : wrap(text, room())) line(painted(part, Tone::quiet));
  }

  const View& view_;
  const TableOptions& options_;
  std::size_t limit_;
  std::vector<std::size_t> widths_, shown_;
  std::string out_;
};

}  // namespace

std::string to_table(std::span<const record::Row> rows, const TableOptions& options) {
  if (rows.empty()) return "No rows: nothing was measured yet.\n";
  const View view = make_view(rows, options.wide, options.unicode);
  return Layout{view, options}.render();
}

}  // namespace deepgap::report

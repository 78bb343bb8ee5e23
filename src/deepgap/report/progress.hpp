#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// One line of progress: a pure function of the state, so that the terminal's owner only has to print it.
namespace deepgap::report {

struct Progress {
  std::int64_t cases_done = 0, cases_total = 0;
  std::int64_t rounds_done = 0, rounds_total = 0;
  double elapsed_s = 0;
  std::optional<double> eta_s = {};  // absent = not known yet
  std::string current = {};          // what is being measured now, in words
};

struct ProgressOptions {
  std::size_t width = 80;
  bool colour = false;
  bool unicode = true;
};

// "[████████░░░░░░░░] 45 %  4/9 cases  21/45 rounds  1m 12s, 1m 28s left  resnet50 int8 batch 32"
// Never wider than `width` columns, no line end; parts go from the least useful on when it is narrow.
[[nodiscard]] std::string progress_line(const Progress& progress, const ProgressOptions& options = {});

}  // namespace deepgap::report

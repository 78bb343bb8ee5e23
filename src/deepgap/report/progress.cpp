#include "deepgap/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "deepgap/report/text.hpp"

namespace deepgap::report {
namespace {

double share_done(const Progress& progress) {
  const bool by_rounds = progress.rounds_total > 0;
  const auto done = static_cast<double>(by_rounds ? progress.rounds_done : progress.cases_done);
  const auto total = static_cast<double>(by_rounds ? progress.rounds_total : progress.cases_total);
  return total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
}

std::string bar(double share, std::size_t width, const ProgressOptions& options) {
  const auto full = static_cast<std::size_t>(std::floor(share * static_cast<double>(width)));
  std::string text = options.unicode ? "" : "[";
  for (std::size_t i = 0; i < width; ++i) {
    if (options.unicode && i == full && options.colour) text += "\x1b[0;90m";
    if (options.unicode)
      text += i < full ? "\u2588" : "\u2591";
    else
      text += i < full ? '#' : '.';
  }
  if (!options.unicode) return text + "]";
  return options.colour ? "\x1b[32m" + text + "\x1b[0m" : text;
}

std::string time_part(const Progress& progress) {
  const std::string elapsed = human_duration(progress.elapsed_s);
  return progress.eta_s ? elapsed + ", " + human_duration(*progress.eta_s) + " left" : elapsed;
}

}  // namespace

std::string progress_line(const Progress& progress, const ProgressOptions& options) {
  constexpr std::size_t kGap = 2, kShortestCase = 12, kUsualCase = 32;
  const double share = share_done(progress);
  const std::string percent = fmt::format("{:3.0f} %", std::floor(share * 100));
  const std::string cases = fmt::format("{}/{} cases", progress.cases_done, progress.cases_total);
  const std::string rounds = fmt::format("{}/{} rounds", progress.rounds_done, progress.rounds_total);
  const std::string time = time_part(progress);
  const std::string current = clean(progress.current);

  // By usefulness: percent, time, case, bar, cases done, rounds done. Printed in the order of a sentence.
  std::size_t room = options.width;
  const auto take = [&](std::size_t wanted) {
    const std::size_t cost = wanted + (room == options.width ? 0 : kGap);
    if (wanted == 0 || cost > room) return false;
    room -= cost;
    return true;
  };
  if (!take(percent.size())) return percent.substr(0, options.width);
  const bool with_time = take(time.size());
  const std::size_t current_width = display_width(current);
  const bool with_current = current_width > 0 && take(std::min(current_width, kShortestCase));
  const std::size_t frame = options.unicode ? 0 : 2;
  const std::size_t bar_width =
      std::clamp<std::size_t>(options.width / 6, 8, 24);  // steady from line to line
  const bool with_bar = take(bar_width + frame);
  const bool with_cases = take(cases.size());
  std::size_t case_width = with_current ? std::min(current_width, kShortestCase) : 0;
  const auto widen_case = [&](std::size_t limit) {
    const std::size_t more =
        std::min(room, std::max(std::min(current_width, limit), case_width) - case_width);
    case_width += more;
    room -= more;
  };
  if (with_current) widen_case(kUsualCase);
  const bool with_rounds = progress.rounds_total > 0 && take(rounds.size());
  if (with_current) widen_case(current_width);

  std::string line;
  const auto add = [&](const std::string& part) { line += (line.empty() ? "" : "  ") + part; };
  if (with_bar) add(bar(share, bar_width, options));
  add(percent);
  if (with_cases) add(cases);
  if (with_rounds) add(rounds);
  if (with_time) add(time);
  if (with_current) add(shorten(current, case_width, Cut::middle, options.unicode));
  return line;
}

}  // namespace deepgap::report

#include "deepgap/report/self_comparison.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "deepgap/record/format.hpp"
#include "deepgap/report/text.hpp"

namespace deepgap::report {
namespace {

using stats::RepeatedComparison;
using stats::Resolution;
using stats::Verdict;

constexpr double kSpokenSeconds = 60;  // how long a comparison somebody waits for may take
constexpr double kNarrowRate = 0.05;   // an interval of the rate that ends below this says enough
constexpr double kUsefulDifference = 0.01;

bool alike(const SelfComparisonView& view) { return view.case_a == view.case_b; }

std::string percent(double share) {
  const double value = share * 100;
  if (value == 0) return "0 %";
  if (value >= 1000) return ">999 %";
  return record::format_number(value, value >= 99.5 ? 3 : 2) + " %";
}

// 0.02 and not 0.020: the steps 1, 2, 5 are exact.
std::string step_percent(double share) { return fmt::format("{:g} %", share * 100); }

std::string signed_percent(double ratio) {
  const double change = ratio - 1;
  return (change < 0 ? "-" : "+") + percent(std::abs(change));
}

std::string resolution_words(const Resolution& r) {
  std::string text =
      fmt::format("This machine can tell {} apart in {}", percent(*r.found), human_duration(r.seconds));
  if (r.missed) text += fmt::format(", not {}", step_percent(*r.missed));
  return text + ".";
}

std::string itself_sentence(const SelfComparisonView& view) {
  if (const Resolution* r = stats::resolution_within(view.result, kSpokenSeconds))
    return resolution_words(*r);
  if (view.result.each.empty()) return "No comparison was finished, so nothing is known.";
  if (view.rounds_without_interval == view.rounds)
    return "No round held the 16 calls that an interval needs: choose a smaller network, or --profile "
           "standard "
           "for longer rounds.";
  return "This machine could tell nothing apart in the time there was: give it more with --time.";
}

std::string times_words(double ratio) {
  const double change = ratio - 1;
  return fmt::format("{} {} time", percent(std::abs(change)), change < 0 ? "less" : "more");
}

std::string pair_sentence(const SelfComparisonView& view) {
  const stats::Comparison& c = view.result.overall;
  if (!c.ratio || !c.lo || !c.hi) return itself_sentence(view);
  const std::string range = fmt::format("({} to {})", signed_percent(*c.lo), signed_percent(*c.hi));
  switch (c.verdict) {
    case Verdict::faster:
      return fmt::format("B is faster: it takes {} than A {}.", times_words(*c.ratio), range);
    case Verdict::slower:
      return fmt::format("B is slower: it takes {} than A {}.", times_words(*c.ratio), range);
    case Verdict::same:
      return fmt::format("A and B are the same within 1 %: B takes {} than A {}.", times_words(*c.ratio),
                         range);
    case Verdict::cannot_tell: break;
  }
  return fmt::format("A and B cannot be told apart: B takes {} of A's time {}.", percent(*c.ratio), range);
}

std::string heading(const SelfComparisonView& view) {
  std::string text = alike(view) ? clean(view.case_a) + "\nagainst itself: "
                                 : fmt::format("A: {}\nB: {}\n", clean(view.case_a), clean(view.case_b));
  const auto count = view.result.each.size();
  if (count == 0) return text + "nothing yet\n";
  const int rounds = view.result.each.front().rounds;
  text += fmt::format("{} comparison{} of {} rounds a side, {}, {} profile, {}", count, count == 1 ? "" : "s",
                      rounds,
                      view.same_process ? "all in one process"
                                        : fmt::format("each in {} fresh processes a side", view.processes),
                      view.profile, human_duration(view.result.seconds));
  return text + "\n";
}

std::string table(const SelfComparisonView& view) {
  std::string text = "  rounds      time  tells apart  but not  differences seen\n";
  for (const Resolution& r : view.result.resolutions)
    text += fmt::format("  {:>6}  {:>8}  {:>11}  {:>7}  {} of {}\n", r.rounds, human_duration(r.seconds),
                        r.found ? percent(*r.found) : "-", r.missed ? step_percent(*r.missed) : "-",
                        r.differing, r.comparisons);
  return text;
}

// Half the difference takes four times as long where rounds are independent.
double time_for(const Resolution& known, double difference) {
  const double ratio = *known.found / difference;
  return known.seconds * ratio * ratio;
}

// What to do about it.
std::vector<std::string> advice(const SelfComparisonView& view) {
  std::vector<std::string> lines;
  const RepeatedComparison& r = view.result;
  const Resolution* told = stats::resolution_within(r, kSpokenSeconds);
  if (alike(view) && stats::finds_too_many(r)) {
    lines.push_back(
        "That is more than chance explains: something favours one side for longer than a comparison. Believe "
        "no "
        "small difference measured here; 'deepgap doctor' says what disturbs this machine.");
  } else if (alike(view) && r.differing.hi > kNarrowRate) {
    lines.push_back(fmt::format("{} comparisons cannot bound the rate closer; more of them can (--time).",
                                r.each.size()));
  }
  if (told != nullptr && *told->found > kUsefulDifference)
    lines.push_back(fmt::format(
        "To tell {} apart a comparison would have to last about {}, if the noise averages out; or "
        "quieten the machine: 'deepgap doctor' says how.",
        step_percent(kUsefulDifference), human_duration(time_for(*told, kUsefulDifference))));
  return lines;
}

}  // namespace

std::string sentence(const SelfComparisonView& view) {
  return alike(view) ? itself_sentence(view) : pair_sentence(view);
}

std::string rate_sentence(const SelfComparisonView& view) {
  const RepeatedComparison& r = view.result;
  const auto count = r.each.size();
  const std::string differing = fmt::format("{} of {} comparisons, so {} to {} of all", r.faster + r.slower,
                                            count, percent(r.differing.lo), percent(r.differing.hi));
  const std::string rest = fmt::format("; {} same within 1 %, {} cannot tell.\n", r.same, r.cannot_tell);
  if (!alike(view))
    return fmt::format("A difference was found in {} ({} B faster, {} B slower){}", differing, r.faster,
                       r.slower, rest);
  return fmt::format("False differences: {} (at most {} by design){}", differing, step_percent(r.nominal),
                     rest);
}

std::string to_text(const SelfComparisonView& view, std::size_t width) {
  std::string text = wrap_lines(heading(view), width) + "\n" + wrap_lines(sentence(view), width);
  if (view.result.each.empty()) return text + (view.cut_short ? wrap_lines(*view.cut_short, width) : "");
  if (!alike(view))
    if (const Resolution* r = stats::resolution_within(view.result, kSpokenSeconds))
      text += wrap_lines(resolution_words(*r), width);
  if (!view.result.resolutions.empty())
    text +=
        "\n" + table(view) +
        wrap_lines(
            "tells apart: the difference that 9 of 10 comparisons this long find; but not: one that fewer "
            "than half of them find.",
            width);
  text += "\n" + wrap_lines(rate_sentence(view), width);
  for (const std::string& line : advice(view)) text += wrap_lines(line, width);
  if (view.note) text += wrap_lines("Note: " + *view.note, width);
  if (view.cut_short) text += wrap_lines(*view.cut_short, width);
  return text;
}

}  // namespace deepgap::report

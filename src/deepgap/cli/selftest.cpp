#include "deepgap/cli/selftest.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/study/quantity.hpp"

namespace deepgap::cli {
namespace {

constexpr double kDefaultTime_s = 120;
constexpr std::int64_t kMostComparisons = 100'000;

struct Options {
  SelftestOptions selftest;
  std::string profile = "quick", time;
  bool json = false;
};

int exit_code_of(const SelftestOutcome& outcome) {
  if (outcome.interrupted) return kInterrupted;
  if (outcome.failed) return kFailedOrRegressed;
  if (outcome.view.result.each.empty()) return kNothing;
  const bool itself = outcome.view.case_a == outcome.view.case_b;
  return itself && stats::finds_too_many(outcome.view.result) ? kFailedOrRegressed : kDone;
}

// Time that was given, else two minutes unless a number of comparisons was.
Status read_time(Options& options) {
  if (options.time.empty()) {
    if (!options.selftest.comparisons) options.selftest.time_s = kDefaultTime_s;
    return {};
  }
  auto seconds = study::duration_s(options.time);
  if (!seconds) return std::move(seconds).error().in("--time");
  options.selftest.time_s = *seconds;
  return {};
}

int selftest_command(Options& options) {
  if (auto read = read_time(options); !read) return fail(read.error());
  for (const study::Profile p : {study::Profile::quick, study::Profile::standard})
    if (name(p) == options.profile) options.selftest.profile = p;
  auto outcome = run_selftest(options.selftest);
  if (!outcome) return fail(outcome.error());
  const std::string text = options.json ? report::to_json(outcome->view)
                                        : report::to_text(outcome->view, terminal(STDOUT_FILENO).width);
  if (auto printed = print(text); !printed) return fail(printed.error());
  return exit_code_of(*outcome);
}

}  // namespace

void add_selftest(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  SelftestOptions& selftest = options->selftest;
  CLI::App* sub = app.add_subcommand(
      "selftest", "Compare a case with itself: what this machine can tell apart, and what it only imagines");
  CLI::Option* cases =
      sub->add_option("case", selftest.cases, "A case string; two of them are compared with each other")
          ->expected(0, 2);
  sub->add_option("--engine", selftest.engine,
                  "Instead of a case string (default: the first real one on the CPU)")
      ->excludes(cases);
  sub->add_option("--model", selftest.model, "Instead of a case string (default: resnet18)")->excludes(cases);
  sub->add_option("--comparisons", selftest.comparisons, "How many (default: as many as the time allows)")
      ->check(CLI::Range(std::int64_t{1}, kMostComparisons));
  sub->add_option("--time", options->time,
                  "How long, such as 30s or 10m (default 2m, or what --comparisons takes)");
  sub->add_option("--profile", options->profile, "How thoroughly each comparison is made")
      ->check(CLI::IsMember({"quick", "standard"}))
      ->capture_default_str();
  sub->add_flag("--same-process", selftest.same_process,
                "Both sides in one process: without what differs between processes");
  sub->add_flag("--json", options->json, "Everything as JSON");
  sub->add_flag("-q,--quiet", selftest.quiet, "No progress on stderr");
  sub->footer(
      "Exit code 1 when differences are seen that are not there, more often than chance explains.\n"
      "Examples:\n"
      "  deepgap selftest\n"
      "  deepgap selftest --engine openvino --model resnet50 --time 10m\n"
      "  deepgap selftest 'engine=openvino model=resnet18' 'engine=openvino model=resnet18 threads=1'");
  sub->callback([options, &chosen] { chosen = [options] { return selftest_command(*options); }; });
}

}  // namespace deepgap::cli

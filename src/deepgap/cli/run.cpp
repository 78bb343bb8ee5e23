#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/session.hpp"
#include "deepgap/cli/terminal.hpp"

namespace deepgap::cli {
namespace {

struct Options {
  std::string study;
  SessionOptions session;
};

int run_command(Options& options) {
  auto study = study::load(options.study);
  if (!study) return fail(study.error());
  if (options.session.store.empty()) options.session.store = study->file.stem().string() + ".db";
  return run_session(*study, options.session);
}

}  // namespace

void add_session_options(CLI::App& sub, SessionOptions& options) {
  sub.add_option("-o,--output", options.store,
                 "The store to write or resume (default: the study's name with .db)");
  sub.add_flag("--json", options.json, "Print the rows as JSON instead of a table");
  sub.add_flag("--wide", options.wide, "Every useful column, however wide");
  sub.add_flag("-q,--quiet", options.quiet, "No progress on stderr");
  add_latency_limit(sub, options.latency_limit_ms);
}

void add_latency_limit(CLI::App& sub, double& latency_limit_ms) {
  const auto above_0 = [](const std::string& text) {
    double value = 0;
    const char* end = text.data() + text.size();
    const bool number = std::from_chars(text.data(), end, value) == std::from_chars_result{end, std::errc{}};
    const bool fine = number && std::isfinite(value) && value > 0;
    return fine ? std::string{}
                : fmt::format("'{}' is given; allowed: a number of milliseconds above 0", text);
  };
  sub.add_option("--latency-limit-ms", latency_limit_ms, "What \"for latency under\" means in the answer")
      ->check(above_0)
      ->capture_default_str();
}

void add_run(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("run", "Measure a study; running it again on the same store resumes");
  sub->add_option("study", options->study, "The study (TOML)")->required();
  add_session_options(*sub, options->session);
  sub->footer(
      "Examples:\n"
      "  deepgap run studies/quick.toml\n"
      "  deepgap run my.toml -o my.db --latency-limit-ms 20\n"
      "Ctrl-C finishes the block in flight and keeps everything; the same command resumes.");
  sub->callback([options, &chosen] { chosen = [options] { return run_command(*options); }; });
}

}  // namespace deepgap::cli

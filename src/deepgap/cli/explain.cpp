#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/core/text.hpp"
#include "deepgap/report/explain.hpp"

namespace deepgap::cli {
namespace {

struct Options {
  std::string name;
  bool markdown = false, warnings = false;
};

int explain_command(const Options& options) {
  if (options.markdown)
    return print(options.warnings ? report::warnings_markdown() : report::metrics_markdown())
               ? kDone
               : kFailedOrRegressed;
  if (options.name.empty())
    return print(report::metrics_list(terminal(STDOUT_FILENO).width)) ? kDone : kFailedOrRegressed;
  if (const auto text = report::explain(options.name, terminal(STDOUT_FILENO).width))
    return print(*text) ? kDone : kFailedOrRegressed;
  const auto known = report::explainable();
  return fail(
      Error{Errc::invalid_input, fmt::format("no metric or warning '{}';{} see 'deepgap list metrics'",
                                             printable(options.name), did_you_mean(options.name, known))});
}

}  // namespace

void add_explain(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* sub =
      app.add_subcommand("explain", "What a metric or a warning means: definition, unit, caveats");
  sub->add_option("metric", options->name,
                  "A column name (latency_p99_ms) or a warning (W104); none lists them");
  sub->add_flag("--markdown", options->markdown, "Print docs/metrics.md");
  sub->add_flag("--warnings", options->warnings, "With --markdown: print docs/warnings.md");
  sub->footer("Examples:\n  deepgap explain latency_p99_ms\n  deepgap explain W104");
  sub->callback([options, &chosen] { chosen = [options] { return explain_command(*options); }; });
}

}  // namespace deepgap::cli

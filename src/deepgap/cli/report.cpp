#include <memory>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/session.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/report/csv.hpp"
#include "deepgap/report/markdown.hpp"

namespace deepgap::cli {
namespace {

struct Options {
  std::string store;
  bool csv = false, markdown = false;
  SessionOptions session;
};

int report_command(const Options& options) {
  auto store = store::Store::open(options.store, store::Mode::read_only);
  if (!store) return fail(store.error());
  auto rows = store->rows();
  if (!rows) return fail(rows.error());
  auto info = store->study_info();
  if (!info) return fail(info.error());
  if (rows->empty()) {
    say("deepgap: " + options.store + " holds no results yet");
    return kNothing;
  }
  Status printed;
  if (options.csv)
    printed = print(report::to_csv(*rows));
  else if (options.markdown)
    printed = print(report::to_markdown(*rows, {.wide = options.session.wide}));
  else
    printed = print_rows(*rows, info->value_or(store::StudyInfo{}), options.session);
  return printed ? kDone : fail(printed.error());
}

}  // namespace

void add_report(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("report", "Print a store: table (default), CSV, JSON or Markdown");
  sub->add_option("store", options->store, "The store that 'deepgap run' wrote")->required();
  CLI::App* format = sub->add_option_group("format");
  format->add_flag("--csv", options->csv, "CSV (RFC 4180), every column");
  format->add_flag("--json", options->session.json, "JSON (docs/result.schema.json), every column");
  format->add_flag("--markdown", options->markdown, "Markdown tables");
  format->require_option(0, 1);
  sub->add_flag("--wide", options->session.wide, "Every useful column, however wide");
  add_latency_limit(*sub, options->session.latency_limit_ms);
  sub->footer("Examples:\n  deepgap report quick.db\n  deepgap report quick.db --csv > quick.csv");
  sub->callback([options, &chosen] { chosen = [options] { return report_command(*options); }; });
}

}  // namespace deepgap::cli

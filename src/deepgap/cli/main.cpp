#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/interrupt.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/host/build.hpp"

namespace {

using namespace deepgap;  // NOLINT(google-build-using-namespace): the program's own entry point

std::string version_text() {
  const host::Build build = host::this_build();
  return fmt::format("deepgap {} ({}, {})", DEEPGAP_VERSION, build.git_revision.value_or("unknown revision"),
                     host::to_text(build));
}

constexpr const char* kFooter =
    "Examples:\n"
    "  deepgap doctor                                is this machine fit to measure on?\n"
    "  deepgap plan studies/quick.toml               what would run, and what would not and why\n"
    "  deepgap run studies/quick.toml -o quick.db    measure; run it again to resume\n"
    "  deepgap report quick.db --csv > quick.csv     any format, any time\n"
    "  deepgap explain latency_p99_ms                what a number means\n"
    "Exit codes: 0 done; 1 a case failed; 2 usage; 3 an engine or device asked for by name is unavailable;\n"
    "4 nothing matched or nothing was measured; 70 a bug in deepgap; 130 interrupted.";

int run(int argc, char** argv) {
  CLI::App app{"Which device, engine, precision and batch size should this network run on?", "deepgap"};
  app.set_version_flag("--version,-V", version_text);
  app.require_subcommand(1);
  app.footer(kFooter);
  cli::Action chosen;
  cli::add_doctor(app, chosen);
  cli::add_list(app, chosen);
  cli::add_plan(app, chosen);
  cli::add_run(app, chosen);
  cli::add_case(app, chosen);
  cli::add_selftest(app, chosen);
  cli::add_report(app, chosen);
  cli::add_explain(app, chosen);
  cli::add_worker(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return cli::kUsage;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  deepgap::cli::turn_write_signals_into_errors();
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    deepgap::cli::say(fmt::format("deepgap: this is a bug in deepgap: {}; please report it", e.what()));
    return deepgap::cli::kOurBug;
  }
}

#pragma once

#include <CLI/CLI.hpp>
#include <functional>

// One file a subcommand. Each adds its options and hands its action to `chosen`, which main() runs after
// parsing. Results go to stdout, progress and warnings to stderr.
namespace deepgap::cli {

using Action = std::function<int()>;  // returns the exit code

void add_run(CLI::App& app, Action& chosen);
void add_case(CLI::App& app, Action& chosen);
void add_plan(CLI::App& app, Action& chosen);
void add_list(CLI::App& app, Action& chosen);
void add_doctor(CLI::App& app, Action& chosen);
void add_selftest(CLI::App& app, Action& chosen);
void add_report(CLI::App& app, Action& chosen);
void add_explain(CLI::App& app, Action& chosen);
void add_worker(CLI::App& app, Action& chosen);  // hidden: the supervisor starts it

}  // namespace deepgap::cli

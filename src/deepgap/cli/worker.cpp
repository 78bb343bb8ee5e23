#include "deepgap/cli/commands.hpp"
#include "deepgap/worker/server.hpp"

namespace deepgap::cli {

void add_worker(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("worker", "(started by deepgap itself)");
  sub->group("");  // not in --help
  sub->callback([&chosen] { chosen = [] { return worker::serve(); }; });
}

}  // namespace deepgap::cli

#include <unistd.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/host/doctor.hpp"

namespace deepgap::cli {
namespace {

struct Options {
  double seconds = 1;
  bool json = false;
};

int doctor_command(const Options& options) {
  const host::Machine machine = host::inspect();
  const host::LoadSnapshot before = host::take_load();
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  const auto findings = host::diagnose(machine, host::load_between(before, host::take_load()));
  const std::string text =
      options.json
          ? host::to_json(findings, machine).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                "\n"
          : host::to_text(findings, machine, terminal(STDOUT_FILENO).colour);
  if (auto printed = print(text); !printed) return fail(printed.error());
  return host::worst(findings) == host::Severity::unfit ? kFailedOrRegressed : kDone;
}

}  // namespace

void add_doctor(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("doctor", "Is this machine fit to measure on, and what to change");
  sub->add_option("--seconds", options->seconds, "How long to watch for foreign load")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  sub->add_flag("--json", options->json, "Machine and findings as JSON");
  sub->footer("Exit code 1 when the machine is unfit.\nExample:\n  deepgap doctor --seconds 5");
  sub->callback([options, &chosen] { chosen = [options] { return doctor_command(*options); }; });
}

}  // namespace deepgap::cli

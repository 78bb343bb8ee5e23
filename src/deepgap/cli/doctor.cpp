#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/selftest.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/host/doctor.hpp"
#include "deepgap/report/text.hpp"

namespace deepgap::cli {
namespace {

constexpr double kSelftest_s = 30;

struct Options {
  double seconds = 1, selftest_s = kSelftest_s;
  bool json = false, full = false;
};

// The short selftest of --full, in the words of either form.
struct Selftest {
  std::string text;
  nlohmann::json json;
  bool interrupted = false;
};

Selftest short_selftest(double seconds) {
  SelftestOptions options;
  options.time_s = seconds;
  auto outcome = run_selftest(options);
  if (!outcome) {
    const std::string& reason = outcome.error().message();
    return {"Selftest: not possible: " + reason + "\n", {{"error", reason}}, false};
  }
  const report::SelfComparisonView& view = outcome->view;
  std::string text = "Selftest: " + report::sentence(view) + "\n" + report::rate_sentence(view);
  if (view.note) text += "Note: " + *view.note + "\n";
  if (view.cut_short) text += *view.cut_short + "\n";
  text += fmt::format("Measured on {}; 'deepgap selftest' looks longer.\n", view.case_a);
  return {std::move(text), nlohmann::json::parse(report::to_json(view), nullptr, false),
          outcome->interrupted};
}

std::string document(nlohmann::json findings, const std::optional<Selftest>& selftest) {
  if (selftest) findings["selftest"] = selftest->json;
  return findings.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int doctor_command(const Options& options) {
  const host::Machine machine = host::inspect();
  const host::LoadSnapshot before = host::take_load();
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  const auto findings = host::diagnose(machine, host::load_between(before, host::take_load()));
  const Terminal out = terminal(STDOUT_FILENO);
  if (!options.json)
    if (auto printed = print(host::to_text(findings, machine, out.colour)); !printed)
      return fail(printed.error());
  std::optional<Selftest> selftest;
  if (options.full) selftest = short_selftest(options.selftest_s);
  std::string rest;
  if (options.json)
    rest = document(host::to_json(findings, machine), selftest);
  else if (selftest)
    rest = "\n" + report::wrap_lines(selftest->text, out.width);
  if (auto printed = print(rest); !printed) return fail(printed.error());
  if (selftest && selftest->interrupted) return kInterrupted;
  return host::worst(findings) == host::Severity::unfit ? kFailedOrRegressed : kDone;
}

}  // namespace

void add_doctor(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("doctor", "Is this machine fit to measure on, and what to change");
  sub->add_option("--seconds", options->seconds, "How long to watch for foreign load")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  sub->add_flag("--full", options->full,
                "Also measure for half a minute what differences this machine can tell apart");
  sub->add_option("--selftest-seconds", options->selftest_s)
      ->check(CLI::Range(0.1, 600.0))
      ->group("");  // for tests
  sub->add_flag("--json", options->json, "Machine and findings as JSON");
  sub->footer("Exit code 1 when the machine is unfit.\nExample:\n  deepgap doctor --seconds 5");
  sub->callback([options, &chosen] { chosen = [options] { return doctor_command(*options); }; });
}

}  // namespace deepgap::cli

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/session.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/core/text.hpp"

namespace deepgap::cli {
namespace {

struct Options {
  std::string study;
  bool json = false;
};

std::string as_json(std::span<const worker::PlannedCase> cases) {
  nlohmann::json list = nlohmann::json::array();
  for (const worker::PlannedCase& planned : cases)
    list.push_back({{"case", planned.key},
                    {"skip", planned.skip ? nlohmann::json(*planned.skip) : nlohmann::json(nullptr)}});
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string as_text(std::span<const worker::PlannedCase> cases, std::ptrdiff_t skipped) {
  std::string text;
  for (const worker::PlannedCase& planned : cases) {
    text += planned.key + "\n";
    if (planned.skip) text += fmt::format("  skipped: {}\n", printable(*planned.skip));
  }
  return text + fmt::format("{} case{}, {} skipped\n", cases.size(), cases.size() == 1 ? "" : "s", skipped);
}

int plan_command(const Options& options) {
  auto study = study::load(options.study);
  if (!study) return fail(study.error());
  auto engines = probe_for(*study);
  if (!engines) return fail(engines.error());
  auto cases = worker::plan(*study, *engines);
  if (!cases) return fail(cases.error());
  worker::mark_impossible_models(*cases, study->measure.seed);
  const auto skipped = std::ranges::count_if(*cases, [](const auto& c) { return c.skip.has_value(); });
  if (auto printed = print(options.json ? as_json(*cases) : as_text(*cases, skipped)); !printed)
    return fail(printed.error());
  const auto missing = missing_by_name(*study, *engines);
  for (const std::string& sentence : missing) say("deepgap: " + sentence);
  if (!missing.empty()) return kUnavailable;
  return skipped == static_cast<std::ptrdiff_t>(cases->size()) ? kNothing : kDone;
}

}  // namespace

void add_plan(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("plan", "Expand a study and print its cases; measures nothing");
  sub->add_option("study", options->study, "The study (TOML)")->required();
  sub->add_flag("--json", options->json, "A JSON list of {case, skip}");
  sub->footer("Example:\n  deepgap plan studies/quick.toml");
  sub->callback([options, &chosen] { chosen = [options] { return plan_command(*options); }; });
}

}  // namespace deepgap::cli

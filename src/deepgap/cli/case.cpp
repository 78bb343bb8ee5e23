#include <fmt/format.h>

#include <memory>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/session.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/core/hash.hpp"

namespace deepgap::cli {
namespace {

struct Options {
  std::string text;
  std::string profile = "standard";
  SessionOptions session;
};

int case_command(Options& options) {
  auto parsed = study::parse_case(options.text);
  if (!parsed) return fail(parsed.error());
  study::Profile profile = study::Profile::standard;
  for (const study::Profile p : {study::Profile::quick, study::Profile::standard, study::Profile::strict})
    if (name(p) == options.profile) profile = p;
  const study::Study study = study_of(*parsed, profile);
  if (options.session.store.empty())
    options.session.store = fmt::format("case-{}.db", study::fingerprint(study).substr(0, 12));
  return run_session(study, options.session);
}

}  // namespace

study::Study study_of(const study::Case& c, study::Profile profile) {
  study::Study study;
  study.name = "case";
  study.engines = {c.engine};
  study.devices = {c.device};
  study.models = {c.model};
  study.precisions = {c.precision};
  study.batches = {c.batch};
  study.threads = {c.threads};
  study.streams = {c.streams};
  study.hints = {c.hint};
  study.scenarios = {c.scenario};
  for (const auto& [key, value] : c.options) study.options[c.engine][key] = {value};
  study.measure.profile = profile;
  study.measure.cache = c.cache;
  study.measure.inputs = c.inputs;
  study.measure.protocol = c.protocol;
  study.calibration = c.calibration;
  return study;
}

void add_case(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("case", "Measure one case again, from the case string of any row");
  sub->add_option("case", options->text, "The case string, in quotes")->required();
  sub->add_option("--profile", options->profile, "How thoroughly")
      ->check(CLI::IsMember({"quick", "standard", "strict"}))
      ->capture_default_str();
  add_session_options(*sub, options->session);
  sub->footer("Example:\n  deepgap case 'engine=openvino model=resnet50 precision=int8 batch=16'");
  sub->callback([options, &chosen] { chosen = [options] { return case_command(*options); }; });
}

}  // namespace deepgap::cli

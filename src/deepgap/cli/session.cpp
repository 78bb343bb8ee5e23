#include "deepgap/cli/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "deepgap/advise/answer.hpp"
#include "deepgap/cli/attribution.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/interrupt.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/core/text.hpp"
#include "deepgap/core/timestamp.hpp"
#include "deepgap/host/doctor.hpp"
#include "deepgap/measure/prepare.hpp"
#include "deepgap/report/json.hpp"
#include "deepgap/report/progress.hpp"
#include "deepgap/report/table.hpp"
#include "deepgap/report/text.hpp"

namespace deepgap::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string now_text() { return rfc3339(std::chrono::system_clock::now()); }

store::StudyInfo study_info(const study::Study& study, const host::Machine& machine) {
  return {study.name, study::fingerprint(study), now_text(), DEEPGAP_VERSION, host::to_json(machine).dump()};
}

// A store belongs to one study: rows measured in another way must not stand beside these as if they were
// alike.
Status claim(store::Store& store, const study::Study& study, const host::Machine& machine,
             const SessionOptions& options) {
  auto earlier = store.study_info();
  if (!earlier) return std::move(earlier).error();
  const store::StudyInfo mine = study_info(study, machine);
  if (!earlier->has_value()) return store.set_study_info(mine);
  if ((*earlier)->fingerprint == mine.fingerprint) return {};
  return Error{
      Errc::invalid_input,
      fmt::format("{} holds another study ('{}', begun {}); its cases or settings differ from '{}': choose "
                  "another file with -o, or remove it to measure anew",
                  options.store.string(), printable((*earlier)->name), (*earlier)->created_at, study.name)};
}

worker::RunContext context_of(const study::Study& study, const host::Machine& machine, std::string run_id) {
  worker::RunContext context;
  context.measure = study.measure;
  context.cache_folder = measure::default_cache_folder();
  context.run_id = std::move(run_id);
  context.host = machine.hostname.value_or("unknown");
  context.git_revision = machine.build.git_revision.value_or("unknown");
  context.build = host::to_text(machine.build);
  context.cores = host::default_threads(machine);
  if (const auto bytes = host::usable_memory_bytes(machine))
    context.memory_available_mb = static_cast<double>(*bytes) / 1e6;
  context.sweep_bytes = host::cache_sweep_bytes(machine);
  return context;
}

report::Progress shown(const worker::Progress& p, double elapsed_s) {
  report::Progress line;
  line.cases_done = p.cases_done;
  line.cases_total = p.cases_total;
  line.rounds_done = p.rounds_done;
  line.rounds_total = p.rounds_total;
  line.elapsed_s = elapsed_s;
  line.eta_s = p.seconds_left;
  line.current = p.stage + " " + p.subject;
  return line;
}

// What spoils every number of this run is said before it begins.
void warn_of_machine(const host::Machine& machine, LiveLine& live) {
  for (const host::Finding& finding : host::diagnose(machine, {}))
    if (finding.severity >= host::Severity::warning)
      live.above(fmt::format("warning: {}: {}{}", finding.heading, finding.detail,
                             finding.cure.empty() ? "" : " (cure: " + finding.cure + ")"));
}

int exit_code_of(const worker::RunSummary& summary, std::span<const record::Row> rows, bool missing) {
  if (summary.interrupted) return kInterrupted;
  if (summary.failed > 0) return kFailedOrRegressed;
  if (missing) return kUnavailable;
  const bool measured = std::ranges::any_of(rows, [](const record::Row& row) {
    return row.outcome == record::Outcome::completed || row.outcome == record::Outcome::mistrusted;
  });
  return measured ? kDone : kNothing;
}

std::string how_it_ended(const Result<worker::RunSummary>& summary) {
  if (!summary) return summary.error().message();
  return (summary->interrupted ? "interrupted" : "done") +
         (summary->note ? "; " + *summary->note : std::string{});
}

Status record_plan(store::Store& store, std::span<const worker::PlannedCase> cases) {
  std::vector<store::PlanEntry> plan;
  plan.reserve(cases.size());
  for (const worker::PlannedCase& planned : cases) plan.push_back({planned.key, planned.skip});
  return store.set_plan(plan);
}

struct Prepared {
  std::vector<worker::EngineState> engines;
  std::vector<worker::PlannedCase> cases;
};

Result<Prepared> plan_session(const study::Study& study) {
  auto engines = probe_for(study);
  if (!engines) return std::move(engines).error();
  auto cases = worker::plan(study, *engines);
  if (!cases) return std::move(cases).error();
  std::vector<std::string> models;
  for (const worker::PlannedCase& planned : *cases)
    if (std::ranges::find(models, planned.c.model) == models.end()) models.push_back(planned.c.model);
  if (auto readable = measure::check_readable(models); !readable) return std::move(readable).error();
  return Prepared{*std::move(engines), *std::move(cases)};
}

Result<worker::RunSummary> measure_all(worker::RunContext context, const host::Machine& machine,
                                       const Prepared& prepared, store::Store& store) {
  const Attribution attribution{machine, prepared.cases};
  context.attribute = [&](record::Row& row, std::span<const record::Round> rounds,
                          const measure::PreparedModel* model) { attribution.attribute(row, rounds, model); };
  store::RunInfo run;
  run.id = context.run_id;
  run.started_at = now_text();
  run.deepgap_version = DEEPGAP_VERSION;
  run.git_revision = context.git_revision;
  run.build = context.build;
  run.host = context.host;
  run.settings_json = attribution.settings_json();
  if (auto done = store.begin_run(run); !done) return std::move(done).error();
  if (auto done = record_plan(store, prepared.cases); !done) return std::move(done).error();
  worker::RunLoop loop{context, prepared.engines, store};
  auto summary = loop.run(prepared.cases);
  // On a full disk this fails as well; the run's own error is the one to tell.
  if (auto ended = store.end_run(run.id, now_text(), how_it_ended(summary)); !ended && summary)
    return std::move(ended).error();
  return summary;
}

}  // namespace

Result<std::vector<worker::EngineState>> probe_for(const study::Study& study) {
  const bool automatic = std::ranges::find(study.engines, "auto") != study.engines.end();
  std::vector<std::string> names;
  if (!automatic) names = study.engines;
  return worker::probe_engines(names);
}

std::vector<std::string> missing_by_name(const study::Study& study,
                                         std::span<const worker::EngineState> engines) {
  std::vector<std::string> missing;
  for (const worker::EngineState& state : engines)
    if (!state.hello && std::ranges::find(study.engines, state.name) != study.engines.end())
      missing.push_back(fmt::format("engine '{}' is not available: {}", state.name, state.why_not));
  // Without an engine nothing can be said of devices.
  if (std::ranges::none_of(engines, [](const auto& state) { return state.hello.has_value(); }))
    return missing;
  for (const std::string& device : study.devices) {
    if (device == "auto" || device == "cuda:all") continue;
    const bool known = std::ranges::any_of(engines, [&](const worker::EngineState& state) {
      return state.hello && std::ranges::find(state.hello->capabilities.devices, device,
                                              &engine::Device::id) != state.hello->capabilities.devices.end();
    });
    if (!known)
      missing.push_back(fmt::format("device '{}' is not available here; see 'deepgap list devices'", device));
  }
  return missing;
}

Status print_rows(std::span<const record::Row> rows, const store::StudyInfo& info,
                  const SessionOptions& options) {
  if (options.json) {
    report::Meta meta;
    meta.generator = std::string{"deepgap "} + DEEPGAP_VERSION;
    meta.generated_at = now_text();
    meta.study_name = info.name;
    meta.study_fingerprint = info.fingerprint;
    meta.machine_json = info.machine_json;
    return print(report::to_json(rows, meta));
  }
  const Terminal out = terminal(STDOUT_FILENO);
  const report::TableOptions table{
      .width = out.width, .colour = out.colour, .wide = options.wide, .unicode = out.unicode};
  return print(report::to_table(rows, table) + "\n" +
               report::wrap_lines(advise::answer(rows, options.latency_limit_ms).text(), out.width));
}

int run_session(const study::Study& study, const SessionOptions& options) {
  const std::atomic<bool>& stop = catch_interrupts();
  const host::Machine machine = host::inspect();
  auto prepared = plan_session(study);
  if (!prepared) return fail(prepared.error());
  const auto missing = missing_by_name(study, prepared->engines);
  for (const std::string& sentence : missing) say("deepgap: " + sentence);
  if (std::ranges::all_of(prepared->cases, [](const auto& c) { return c.skip.has_value(); }) &&
      !missing.empty())
    return kUnavailable;

  auto store = store::Store::open(options.store, store::Mode::create_or_resume);
  if (!store) return fail(store.error());
  if (auto claimed = claim(*store, study, machine, options); !claimed) return fail(claimed.error());

  LiveLine live;
  if (!options.quiet) warn_of_machine(machine, live);
  const auto began = Clock::now();
  worker::RunContext context = context_of(study, machine, fmt::format("{}-{}", now_text(), ::getpid()));
  context.stop = &stop;
  if (!options.quiet)
    context.on_progress = [&](const worker::Progress& progress) {
      const double elapsed_s = std::chrono::duration<double>(Clock::now() - began).count();
      const Terminal& t = live.terminal();
      live.show(report::progress_line(shown(progress, elapsed_s),
                                      {.width = t.width, .colour = t.colour, .unicode = t.unicode}));
    };
  auto summary = measure_all(context, machine, *prepared, *store);
  live.finish();
  // Whatever happened, what was measured is shown.
  auto rows = store->rows();
  if (rows && !rows->empty())
    if (auto printed = print_rows(*rows, study_info(study, machine), options); !printed)
      return fail(printed.error());
  if (!summary) return fail(summary.error());
  if (!rows) return fail(rows.error());
  if (summary->note) say(*summary->note);
  say(fmt::format(
      "{}{} is the store; 'deepgap report {}' shows it again, --csv, --json and --markdown in other forms",
      summary->interrupted ? "Interrupted; the same command resumes. " : "", options.store.string(),
      options.store.string()));
  return exit_code_of(*summary, *rows, !missing.empty());
}

}  // namespace deepgap::cli

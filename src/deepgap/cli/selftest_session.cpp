#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "deepgap/cli/interrupt.hpp"
#include "deepgap/cli/selftest.hpp"
#include "deepgap/cli/session.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/core/text.hpp"
#include "deepgap/engine/catalog.hpp"
#include "deepgap/host/machine.hpp"
#include "deepgap/report/text.hpp"
#include "deepgap/stats/params.hpp"
#include "deepgap/worker/budget.hpp"
#include "deepgap/worker/selftest.hpp"
#include "deepgap/worker/selftest_process.hpp"

namespace deepgap::cli {
namespace {

using worker::EngineState;

constexpr double kMemoryShare = 0.75;
constexpr const char* kModel = "resnet18";
// The fake engine has no work of its own: a millisecond of waiting shows the machine's clock and scheduler.
constexpr const char* kFakeModel = "tiny";
constexpr const char* kFakeLatencyUs = "1000";

bool fake(std::string_view engine) {
  const engine::CatalogEntry* entry = engine::find(engine);
  return entry != nullptr && entry->fake;
}

bool has_device(const EngineState& state, std::string_view id) {
  return state.hello && std::ranges::find(state.hello->capabilities.devices, id, &engine::Device::id) !=
                            state.hello->capabilities.devices.end();
}

// The first real engine with a CPU; else any other that works, the fake one last.
const EngineState* default_engine(std::span<const EngineState> engines) {
  const auto first = [&](auto wanted) {
    const auto it = std::ranges::find_if(engines, wanted);
    return it == engines.end() ? nullptr : &*it;
  };
  if (const EngineState* found = first([](const auto& s) { return !fake(s.name) && has_device(s, "cpu"); }))
    return found;
  if (const EngineState* found = first([](const auto& s) { return !fake(s.name) && s.hello.has_value(); }))
    return found;
  return first([](const auto& s) { return s.hello.has_value(); });
}

study::Case default_case(const EngineState& state, const std::string& model) {
  study::Case c;
  c.engine = state.name;
  if (!has_device(state, c.device) && state.hello && !state.hello->capabilities.devices.empty())
    c.device = state.hello->capabilities.devices.front().id;
  c.model = !model.empty() ? model : fake(state.name) ? kFakeModel : kModel;
  if (fake(state.name)) c.options["latency_us"] = kFakeLatencyUs;
  return c;
}

struct Configured {
  std::vector<study::Case> cases;  // A and B
  std::vector<EngineState> engines;
};

Result<Configured> configured_by_strings(const std::vector<std::string>& texts) {
  Configured result;
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    auto parsed = study::parse_case(text);
    if (!parsed) return std::move(parsed).error();
    if (std::ranges::find(names, parsed->engine) == names.end()) names.push_back(parsed->engine);
    result.cases.push_back(*std::move(parsed));
  }
  auto engines = worker::probe_engines(names);
  if (!engines) return std::move(engines).error();
  result.engines = *std::move(engines);
  return result;
}

Result<Configured> configured(const SelftestOptions& options) {
  if (!options.cases.empty()) return configured_by_strings(options.cases);
  std::vector<std::string> names;
  if (!options.engine.empty() && options.engine != "auto") names.push_back(options.engine);
  auto engines = worker::probe_engines(names);
  if (!engines) return std::move(engines).error();
  const EngineState* chosen = names.empty() ? default_engine(*engines) : &engines->front();
  if (chosen == nullptr)
    return Error{Errc::unavailable, "no engine can be used here; 'deepgap list engines' says why"};
  Configured result;
  result.cases.push_back(default_case(*chosen, options.model));
  result.engines = *std::move(engines);
  return result;
}

// The worker's own plan decides what can run, so that the reasons are the same as in `run`.
Status check(const study::Case& c, std::span<const EngineState> engines) {
  const auto state = std::ranges::find(engines, c.engine, &EngineState::name);
  if (state == engines.end() || !state->hello)
    return Error{Errc::unavailable,
                 fmt::format("engine '{}' is not available: {}", c.engine,
                             state == engines.end() ? std::string{"it is not known"} : state->why_not)};
  const std::array models{c.model};
  if (auto readable = measure::check_readable(models); !readable) return readable;
  auto planned = worker::plan(study_of(c, study::Profile::quick), engines);
  if (!planned) return std::move(planned).error();
  for (const worker::PlannedCase& p : *planned)
    if (p.skip) return Error{Errc::unsupported, *p.skip};
  return {};
}

Result<std::array<worker::SideSetup, 2>> sides_of(const Configured& configured,
                                                  const host::Machine& machine) {
  measure::PrepareOptions prepare;
  prepare.cache_folder = measure::default_cache_folder();
  if (const auto bytes = host::usable_memory_bytes(machine))
    prepare.memory_limit_bytes = kMemoryShare * static_cast<double>(*bytes);
  measure::ModelCache models{prepare};
  std::array<worker::SideSetup, 2> sides;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const study::Case& c = configured.cases[std::min(i, configured.cases.size() - 1)];
    if (auto fine = check(c, configured.engines); !fine) return std::move(fine).error();
    const auto state = std::ranges::find(configured.engines, c.engine, &EngineState::name);
    auto side = worker::prepare_side(c, *state->hello, host::default_threads(machine), models);
    if (!side) return std::move(side).error();
    sides[i] = *std::move(side);
  }
  return sides;
}

std::string progress_text(const worker::SelftestProgress& p, const worker::SelftestPlan& plan) {
  std::string text = fmt::format("selftest: comparison {}", p.comparisons + 1);
  if (plan.comparisons) text += fmt::format(" of {}", *plan.comparisons);
  text += fmt::format(", round {} of {}", p.rounds + 1, plan.budget.rounds);
  if (p.comparisons > 0) text += fmt::format(", {} of {} differ", p.differing, p.comparisons);
  text += ", " + report::human_duration(p.seconds);
  if (plan.time_s) text += " of " + report::human_duration(*plan.time_s);
  return text;
}

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

worker::SelftestPlan plan_of(const SelftestOptions& options) {
  study::Measure measure;
  measure.profile = options.profile;
  worker::SelftestPlan plan;
  plan.budget = worker::round_budget(measure);
  plan.budget.level = stats::Params{}.level_seq;  // there is no second stage to pay for
  plan.comparisons = options.comparisons;
  plan.time_s = options.time_s;
  plan.same_process = options.same_process;
  plan.now_s = now_s;
  return plan;
}

report::SelfComparisonView view_of(const worker::SelftestRun& run, const worker::SelftestPlan& plan,
                                   const std::array<worker::SideSetup, 2>& sides) {
  report::SelfComparisonView view;
  view.case_a = study::canonical(sides[0].c);
  view.case_b = study::canonical(sides[1].c);
  view.processes = plan.budget.processes;
  view.same_process = plan.same_process;
  stats::Params params;
  params.level_seq = plan.budget.level;
  view.result = stats::repeated(run.comparisons, view.case_a == view.case_b, params);
  view.rounds = run.rounds;
  view.rounds_without_interval = run.rounds_without_interval;
  if (fake(sides[0].c.engine) && fake(sides[1].c.engine))
    view.note =
        "the fake engine only waits: this is about the machine's clock and scheduler, not about a network. "
        "'deepgap list engines' says what makes a real engine available.";
  if (run.failed)
    view.cut_short = fmt::format("Ended early: {}", printable(run.failed->message()));
  else if (run.interrupted)
    view.cut_short = "Interrupted: what was finished before is here.";
  return view;
}

}  // namespace

Result<SelftestOutcome> run_selftest(const SelftestOptions& options) {
  const std::atomic<bool>& stop = catch_interrupts();
  auto chosen = configured(options);
  if (!chosen) return std::move(chosen).error();
  auto sides = sides_of(*chosen, host::inspect());
  if (!sides) return std::move(sides).error();
  if (options.same_process && !((*sides)[0].c == (*sides)[1].c))
    return Error{
        Errc::invalid_input,
        "--same-process and two different cases are given; one process holds one case: leave one out"};

  LiveLine live;
  worker::SelftestPlan plan = plan_of(options);
  plan.stop = &stop;
  if (!options.quiet)
    plan.on_progress = [&](const worker::SelftestProgress& progress) {
      live.show(report::shorten(progress_text(progress, plan), live.terminal().width, report::Cut::end,
                                live.terminal().unicode));
    };
  const worker::ProcessLimits limits{.stop = &stop};
  const worker::SelftestRun run = worker::compare_repeatedly(plan, worker::processes_of(*sides, limits));
  live.finish();
  if (run.failed && run.comparisons.empty()) return *run.failed;
  SelftestOutcome outcome{view_of(run, plan, *sides), run.interrupted, run.failed};
  outcome.view.profile = name(options.profile);
  return outcome;
}

}  // namespace deepgap::cli

#include "deepgap/worker/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "deepgap/core/text.hpp"
#include "deepgap/engine/catalog.hpp"
#include "deepgap/measure/prepare.hpp"
#include "deepgap/worker/client.hpp"

namespace deepgap::worker {
namespace {

constexpr Client::Seconds kProbePatience{30};

std::vector<std::string> known_engines(bool with_fakes) {
  std::vector<std::string> names;
  for (const engine::CatalogEntry& entry : engine::catalog())
    if (with_fakes || !entry.fake) names.emplace_back(entry.name);
  return names;
}

const EngineState* find(std::span<const EngineState> engines, std::string_view name) {
  const auto it = std::ranges::find(engines, name, &EngineState::name);
  return it == engines.end() ? nullptr : &*it;
}

std::optional<std::string> device_problem(const study::Case& c, const engine::Capabilities& can) {
  const auto device = std::ranges::find(can.devices, c.device, &engine::Device::id);
  if (device == can.devices.end()) {
    std::vector<std::string> ids;
    for (const engine::Device& d : can.devices) ids.push_back(d.id);
    return fmt::format("{} has no device '{}' here; it has: {}", c.engine, c.device, join(ids));
  }
  if (std::ranges::find(device->precisions, c.precision) == device->precisions.end()) {
    std::vector<std::string> precisions;
    for (const Precision p : device->precisions) precisions.emplace_back(name(p));
    return fmt::format("{} does not run {} on {}; it runs {}", c.engine, name(c.precision), device->name,
                       join(precisions));
  }
  return std::nullopt;
}

std::optional<std::string> problem(const study::Case& c, const EngineState* state) {
  if (state == nullptr) return fmt::format("engine '{}' was not probed", c.engine);
  if (!state->hello) return state->why_not;
  const engine::Capabilities& can = state->hello->capabilities;
  if (auto device = device_problem(c, can)) return device;
  if (c.threads != 0 && !can.threads) return fmt::format("{} has no setting for threads", c.engine);
  if (c.streams != 1 && !can.streams) return fmt::format("{} has no setting for streams", c.engine);
  if (!c.hint.empty() && std::ranges::find(can.hints, c.hint) == can.hints.end())
    return fmt::format("{} does not know the hint '{}'; it knows: {}", c.engine, c.hint,
                       can.hints.empty() ? "none" : join(can.hints));
  for (const auto& [key, value] : c.options) {
    if (can.options.contains(key)) continue;
    std::vector<std::string> keys;
    for (const auto& [known, what] : can.options) keys.push_back(known);
    return fmt::format("{} has no option '{}';{} it has: {}", c.engine, key, did_you_mean(key, keys),
                       keys.empty() ? "none" : join(keys));
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<EngineState>> probe_engines(std::span<const std::string> names) {
  std::vector<std::string> wanted{names.begin(), names.end()};
  if (wanted.empty()) wanted = known_engines(true);
  std::vector<EngineState> states;
  for (const std::string& name : wanted) {
    if (engine::find(name) == nullptr) {
      const auto known = known_engines(true);
      return Error{Errc::invalid_input, fmt::format("unknown engine '{}';{} allowed: auto, {}",
                                                    printable(name), did_you_mean(name, known), join(known))};
    }
    EngineState& state = states.emplace_back();
    state.name = name;
    auto client = Client::start(name, kProbePatience, nullptr);
    if (client) {
      state.hello = client->hello();
    } else {
      state.why_not = client.error().message();
    }
  }
  return states;
}

Result<std::vector<PlannedCase>> plan(const study::Study& study, std::span<const EngineState> engines) {
  study::Available available;
  for (const EngineState& state : engines) {
    const engine::CatalogEntry* entry = engine::find(state.name);
    if (!state.hello) continue;
    auto& devices =
        available.emplace_back(study::EngineDevices{state.name, {}, entry == nullptr || !entry->fake})
            .devices;
    for (const engine::Device& device : state.hello->capabilities.devices) devices.push_back(device.id);
  }
  auto cases = study::expand(study, available);
  if (!cases) return std::move(cases).error();
  std::vector<PlannedCase> planned;
  planned.reserve(cases->size());
  for (study::Case& c : *cases) {
    PlannedCase& p = planned.emplace_back();
    p.key = study::canonical(c);
    p.skip = problem(c, find(engines, c.engine));
    p.c = std::move(c);
  }
  return planned;
}

void mark_impossible_models(std::span<PlannedCase> cases, std::uint64_t seed) {
  measure::ModelChecker models{seed};
  for (PlannedCase& planned : cases) {
    if (planned.skip) continue;
    if (auto possible = models.check(planned.c.model, planned.c.batch); !possible)
      planned.skip = possible.error().message();
  }
}

}  // namespace deepgap::worker

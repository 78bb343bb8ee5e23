#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/hash.hpp"
#include "deepgap/core/text.hpp"
#include "deepgap/study/study.hpp"

namespace deepgap::study {
namespace {

using Options = std::map<std::string, std::string, std::less<>>;

struct Place {
  std::string device;
  std::string engine;
  friend bool operator==(const Place&, const Place&) = default;
};

template <class T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

struct ChosenEngine {
  std::string name;
  bool by_name = true;
  const EngineDevices* here = nullptr;  // nullptr: not on this machine
};

std::vector<ChosenEngine> choose_engines(const Study& study, const Available& available) {
  std::vector<ChosenEngine> chosen;
  for (const std::string& asked : study.engines) {
    if (asked != "auto") {
      const auto here =
          std::find_if(available.begin(), available.end(), [&](const auto& e) { return e.engine == asked; });
      chosen.push_back({asked, true, here == available.end() ? nullptr : &*here});
      continue;
    }
    for (const EngineDevices& engine : available)
      if (engine.automatic && !holds(study.engines, engine.engine))
        chosen.push_back({engine.engine, false, &engine});
  }
  return chosen;
}

// The devices `asked` means for one engine. What cannot be resolved stays as it was asked, unless "auto"
// chose the engine.
std::vector<std::string> devices_of(const std::string& asked, const ChosenEngine& engine) {
  std::vector<std::string> devices;
  if (engine.here != nullptr)
    for (const std::string& device : engine.here->devices)
      if (asked == "auto" || asked == device || (asked == "cuda:all" && device.starts_with("cuda:")))
        devices.push_back(device);
  if (devices.empty() && engine.by_name) devices.push_back(asked);
  return devices;
}

std::vector<Place> places(const Study& study, const Available& available) {
  const std::vector<ChosenEngine> engines = choose_engines(study, available);
  std::vector<Place> found;
  std::vector<std::string> device_order;
  for (const std::string& asked : study.devices)
    for (const ChosenEngine& engine : engines)
      for (const std::string& device : devices_of(asked, engine)) {
        if (!holds(device_order, device)) device_order.push_back(device);
        if (Place place{device, engine.name}; !holds(found, place)) found.push_back(std::move(place));
      }
  std::stable_sort(found.begin(), found.end(), [&](const Place& a, const Place& b) {
    const auto position = [&](const Place& place) {
      return std::find(device_order.begin(), device_order.end(), place.device);
    };
    return position(a) < position(b);
  });
  return found;
}

// Every combination of one engine's options, the last key changing fastest. Absent above kMaxCases.
std::optional<std::vector<Options>> option_combinations(const Study& study, const std::string& engine) {
  std::vector<Options> combinations{{}};
  const auto axes = study.options.find(engine);
  if (axes == study.options.end()) return combinations;
  for (const auto& [key, values] : axes->second) {
    if (combinations.size() * values.size() > kMaxCases) return std::nullopt;
    std::vector<Options> longer;
    longer.reserve(combinations.size() * values.size());
    for (const Options& before : combinations)
      for (const std::string& value : values) longer.emplace_back(before)[key] = value;
    combinations = std::move(longer);
  }
  return combinations;
}

std::string where_model_is(const Study& study, const std::string& model) {
  const std::filesystem::path path{model};
  if (!is_path(model) || path.is_absolute()) return model;
  std::string found = (study.file.parent_path() / path).lexically_normal().string();
  return is_path(found) ? found : "./" + found;
}

Error too_many() {
  return {
      Errc::invalid_input,
      fmt::format("the study has more than {} cases; shorten a list, or make it several studies", kMaxCases)};
}

// Cases of one model at one place; false when there would be too many.
bool append(const Study& study, Case c, const std::vector<Options>& options, std::vector<Case>& cases) {
  for (const Precision precision : study.precisions)
    for (const std::int64_t batch : study.batches)
      for (const int threads : study.threads)
        for (const int streams : study.streams)
          for (const std::string& hint : study.hints)
            for (const std::string& scenario : study.scenarios)
              for (const Options& chosen : options) {
                if (cases.size() == kMaxCases) return false;
                c.precision = precision;
                c.batch = batch;
                c.threads = threads;
                c.streams = streams;
                c.hint = hint;
                c.scenario = scenario;
                if (precision == Precision::int8) c.calibration = study.calibration;
                c.options = chosen;
                cases.push_back(c);
              }
  return true;
}

template <class T, class ToText>
void add_set(Hasher& hasher, std::string_view key, const std::vector<T>& values, ToText to_text) {
  std::vector<std::string> texts;
  for (const T& value : values) texts.push_back(to_text(value));
  std::sort(texts.begin(), texts.end());
  hasher.add(key).add(std::to_string(texts.size()));
  for (const std::string& text : texts) hasher.add(text);
}

}  // namespace

Result<std::vector<Case>> expand(const Study& study, const Available& available) {
  const std::vector<Place> where = places(study, available);
  if (where.empty())
    return Error{
        Errc::unavailable,
        fmt::format("no engine here can use the study's devices ({}); 'deepgap list engines' says why",
                    join(study.devices))};
  std::vector<Case> cases;
  std::set<std::string> models;
  for (const std::string& written : study.models) {
    const std::string model = where_model_is(study, written);
    if (!models.insert(model).second) continue;
    for (const Place& place : where) {
      const auto options = option_combinations(study, place.engine);
      if (!options) return too_many();
      Case c;
      c.engine = place.engine;
      c.device = place.device;
      c.model = model;
      c.cache = study.measure.cache;
      c.inputs = study.measure.inputs;
      c.protocol = study.measure.protocol;
      if (!append(study, std::move(c), *options, cases)) return too_many();
    }
  }
  return cases;
}

std::string fingerprint(const Study& study) {
  const auto same = [](const std::string& text) { return text; };
  const auto number = [](auto value) { return std::to_string(value); };
  const auto optional = [](const auto& value) {
    return value ? fmt::format("{}", *value) : std::string{"-"};
  };
  Hasher hasher;
  hasher.add("deepgap-study-1");
  add_set(hasher, "engines", study.engines, same);
  add_set(hasher, "devices", study.devices, same);
  add_set(hasher, "models", study.models, same);
  add_set(hasher, "precisions", study.precisions, [](Precision p) { return std::string{name(p)}; });
  add_set(hasher, "batches", study.batches, number);
  add_set(hasher, "threads", study.threads, number);
  add_set(hasher, "streams", study.streams, number);
  add_set(hasher, "hints", study.hints, same);
  add_set(hasher, "scenarios", study.scenarios, same);
  for (const auto& [engine, axes] : study.options)
    for (const auto& [key, values] : axes) add_set(hasher, "engine." + engine + '.' + key, values, same);
  const Measure& m = study.measure;
  hasher.add(study.calibration).add(name(m.profile)).add(fmt::format("{}", m.target)).add(m.cache);
  hasher.add(std::to_string(m.seed)).add(m.stop_on).add(optional(m.rounds)).add(optional(m.processes));
  if (m.inputs != Measure{}.inputs) hasher.add("inputs").add(m.inputs);
  if (m.protocol != Measure{}.protocol) hasher.add("protocol").add(m.protocol);
  hasher.add(optional(m.round_min_s)).add(optional(m.round_cap_s)).add(optional(m.round_min_samples));
  return hasher.hex();
}

}  // namespace deepgap::study

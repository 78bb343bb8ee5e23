#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "deepgap/cli/commands.hpp"
#include "deepgap/cli/exit_codes.hpp"
#include "deepgap/cli/terminal.hpp"
#include "deepgap/core/text.hpp"
#include "deepgap/engine/catalog.hpp"
#include "deepgap/model/builders.hpp"
#include "deepgap/record/columns.hpp"
#include "deepgap/report/explain.hpp"
#include "deepgap/worker/plan.hpp"

namespace deepgap::cli {
namespace {

using nlohmann::json;

std::string precisions_of(const engine::Device& device) {
  std::vector<std::string> names;
  for (const Precision precision : device.precisions) names.emplace_back(name(precision));
  return join(names);
}

int print_text(const std::string& text) {
  if (auto printed = print(text); !printed) return fail(printed.error());
  return kDone;
}

int print_json(const json& value) {
  return print_text(value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

int list_engines(bool as_json) {
  auto states = worker::probe_engines({});
  if (!states) return fail(states.error());
  json list = json::array();
  std::string text;
  for (const worker::EngineState& state : *states) {
    const engine::CatalogEntry* entry = engine::find(state.name);
    const std::string what{entry != nullptr ? entry->what : ""};
    json object{{"engine", state.name}, {"what", what}, {"available", state.hello.has_value()}};
    text += fmt::format("{:<10} {}\n", state.name, what);
    if (state.hello) {
      object["version"] = state.hello->version;
      text += fmt::format("{:<10}   version {}\n", "", state.hello->version);
      for (const engine::Device& device : state.hello->capabilities.devices) {
        object["devices"].push_back(
            {{"id", device.id}, {"name", device.name}, {"precisions", precisions_of(device)}});
        text += fmt::format("{:<10}   {} = {}: {}\n", "", device.id, printable(device.name),
                            precisions_of(device));
      }
    } else {
      object["why_not"] = state.why_not;
      text += fmt::format("{:<10}   not available: {}\n", "", printable(state.why_not, 2000));
    }
    list.push_back(std::move(object));
  }
  return as_json ? print_json(list) : print_text(text);
}

int list_devices(bool as_json) {
  auto states = worker::probe_engines({});
  if (!states) return fail(states.error());
  json list = json::array();
  std::string text;
  for (const worker::EngineState& state : *states) {
    if (!state.hello) continue;
    for (const engine::Device& device : state.hello->capabilities.devices) {
      list.push_back({{"id", device.id},
                      {"name", device.name},
                      {"engine", state.name},
                      {"precisions", precisions_of(device)}});
      text += fmt::format("{:<8} {:<10} {}: {}\n", device.id, state.name, printable(device.name),
                          precisions_of(device));
    }
  }
  return as_json ? print_json(list) : print_text(text);
}

int list_models(bool as_json) {
  const auto names = model::builtin_models();
  return as_json ? print_json(names) : print_text(join(names, "\n") + "\nor the path of any .onnx file\n");
}

int list_metrics(bool as_json) {
  if (!as_json) return print_text(report::metrics_list(terminal(STDOUT_FILENO).width));
  json list = json::array();
  for (const record::Column& column : record::columns())
    list.push_back({{"metric", column.name},
                    {"group", name(column.group)},
                    {"unit", column.unit},
                    {"what", column.definition}});
  return print_json(list);
}

}  // namespace

void add_list(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("list", "What exists here, and why something does not");
  sub->require_subcommand(1);
  sub->footer("Example:\n  deepgap list engines");
  const auto add = [&](const char* name, const char* what, int (*action)(bool)) {
    auto as_json = std::make_shared<bool>(false);
    CLI::App* kind = sub->add_subcommand(name, what);
    kind->add_flag("--json", *as_json, "JSON instead of text");
    kind->footer(fmt::format("Example:\n  deepgap list {} --json", name));
    kind->callback([as_json, action, &chosen] { chosen = [as_json, action] { return action(*as_json); }; });
  };
  add("engines", "Engines, their versions, devices and precisions, and what makes a missing one available",
      list_engines);
  add("devices", "Devices that some engine can use here", list_devices);
  add("models", "Built-in networks", list_models);
  add("metrics", "Columns of a result, with their units", list_metrics);
}

}  // namespace deepgap::cli

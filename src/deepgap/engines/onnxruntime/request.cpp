#include "deepgap/engines/onnxruntime/request.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engine/refusal.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

struct Level {
  std::string_view name;
  GraphOptimizationLevel value;
};
constexpr std::array kLevels{Level{"disable", ORT_DISABLE_ALL}, Level{"basic", ORT_ENABLE_BASIC},
                             Level{"extended", ORT_ENABLE_EXTENDED}, Level{"all", ORT_ENABLE_ALL}};

constexpr const char* kGraphOptimization = "graph_optimization";
constexpr const char* kSpinning = "spinning";
constexpr const char* kMemoryPattern = "memory_pattern";

constexpr std::string_view kName = "onnxruntime";

Result<const engine::Device*> device_of(const engine::CompileOptions& options,
                                        const engine::Capabilities& capabilities,
                                        const std::string& why_no_cuda) {
  auto device = engine::find_device(kName, options.device, capabilities);
  if (device || !options.device.starts_with("cuda") || why_no_cuda.empty()) return device;
  return Error{device.error().code(), fmt::format("{}: {}", device.error().message(), why_no_cuda)};
}

std::string why_not(Precision precision, const engine::Device& device) {
  if (device.id != "cpu" || precision == Precision::tf32 || precision == Precision::fp8) return "";
  return fmt::format(
      "; ONNX Runtime would compute a network of {} values in fp32 there: ask for fp32, such a network file "
      "is "
      "reported as what ran",
      name(precision));
}

Result<bool> on_off(const std::string& key, const std::string& value) {
  if (value == "on" || value == "off") return value == "on";
  return engine::not_one_of(kName, "option " + key, value, {"on", "off"});
}

Status read_option(const std::string& key, const std::string& value, Request& request) {
  if (key == kGraphOptimization) {
    std::vector<std::string> names;
    for (const Level& level : kLevels) {
      if (level.name == value) {
        request.graph_optimization = level.value;
        return {};
      }
      names.emplace_back(level.name);
    }
    return engine::not_one_of(kName, "option " + key, value, names);
  }
  const auto flag = on_off(key, value);
  if (!flag) return flag.error();
  (key == kSpinning ? request.spinning : request.memory_pattern) = *flag;
  return {};
}

Status check(const engine::CompileOptions& options, const engine::Capabilities& capabilities,
             const engine::Device& device) {
  if (std::ranges::find(device.precisions, options.precision) == device.precisions.end())
    return Error{Errc::unsupported, fmt::format("onnxruntime: {} has no {}{}", device.name,
                                                name(options.precision), why_not(options.precision, device))};
  if (!options.hint.empty())
    return Error{Errc::invalid_input,
                 fmt::format("onnxruntime: hint '{}': this engine takes no hint", printable(options.hint))};
  if (options.threads < 0 || options.streams < 1)
    return Error{Errc::invalid_input,
                 fmt::format("onnxruntime: threads={} streams={}: threads must be 0 (all) or more, "
                             "streams 1",
                             options.threads, options.streams)};
  return engine::check_option_names(kName, options, capabilities);
}

std::string level_name(GraphOptimizationLevel value) {
  return std::string{std::ranges::find(kLevels, value, &Level::value)->name};
}

}  // namespace

std::map<std::string, std::string, std::less<>> option_texts() {
  return {
      {kGraphOptimization,
       "disable | basic | extended | all: how far the network is rewritten; all when left out"},
      {kSpinning,
       "on | off: idle threads spin for the next piece of work (session.intra_op.allow_spinning); on when "
       "left out"},
      {kMemoryPattern, "on | off: memory of a call is planned as one block; on when left out"}};
}

Result<Request> read_request(const engine::CompileOptions& options, const engine::Capabilities& capabilities,
                             const std::string& why_no_cuda) {
  const auto device = device_of(options, capabilities, why_no_cuda);
  if (!device) return device.error();
  if (auto fine = check(options, capabilities, **device); !fine) return std::move(fine).error();
  Request request;
  request.device = options.device;
  request.precision = options.precision;
  request.threads = options.threads;
  for (const auto& [key, value] : options.options)
    if (auto read = read_option(key, value, request); !read) return std::move(read).error();
  request.settings[kGraphOptimization].effective = level_name(request.graph_optimization);
  request.settings[kSpinning].effective = request.spinning ? "on" : "off";
  request.settings[kMemoryPattern].effective = request.memory_pattern ? "on" : "off";
  for (auto& [key, setting] : request.settings) {
    const auto given = options.options.find(key);
    setting.requested = given == options.options.end() ? "auto" : given->second;
  }
  request.settings["threads"].requested = options.threads == 0 ? "auto" : std::to_string(options.threads);
  return request;
}

}  // namespace deepgap::engines::onnxruntime

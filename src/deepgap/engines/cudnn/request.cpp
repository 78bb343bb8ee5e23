#include "deepgap/engines/cudnn/request.hpp"

#include <algorithm>
#include <charconv>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engine/refusal.hpp"
#include "deepgap/engines/cudnn/lower.hpp"
#include "deepgap/model/onnx_read.hpp"

namespace deepgap::engines::cudnn {
namespace {

constexpr std::string_view kName = "cudnn";

Status check_numbers(const engine::CompileOptions& options) {
  if (options.threads >= 0 && options.streams >= 1 && options.streams <= 1024) return {};
  return Error{Errc::invalid_input,
               fmt::format("cudnn: threads={} streams={}: threads must be 0 (all) or more, "
                           "streams 1 to 1024",
                           options.threads, options.streams)};
}

Status read_option(const std::string& key, const std::string& value, Request& request) {
  if (key == "layer_times") {
    request.layer_times = value;
    return {};
  }
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), request.candidates);
  if (failed == std::errc{} && end == value.data() + value.size() && request.candidates >= 1 &&
      request.candidates <= kMostCandidates)
    return {};
  return Error{Errc::invalid_input, fmt::format("cudnn: option {} '{}': a whole number from 1 to {}", key,
                                                printable(value), kMostCandidates)};
}

Status read_options(const engine::CompileOptions& options, const engine::Capabilities& capabilities,
                    Request& request) {
  if (auto known = engine::check_option_names(kName, options, capabilities); !known) return known;
  for (const auto& [key, value] : options.options)
    if (auto read = read_option(key, value, request); !read) return read;
  return {};
}

Status check_inputs(const engine::ModelSource& source, const model::Graph& graph) {
  if (graph.inputs.size() != source.inputs.size())
    return Error{Errc::invalid_input, fmt::format("the network has {} inputs, {} were given",
                                                  graph.inputs.size(), source.inputs.size())};
  if (graph.inputs.empty()) return Error{Errc::unsupported, "the network has no input"};
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const model::Value& input = graph.inputs[i];
    const TensorSpec& spec = source.inputs[i];
    if (input.name != spec.name)
      return Error{Errc::invalid_input,
                   fmt::format("no shape was given for input '{}'", printable(input.name))};
    if (input.dtype != spec.dtype)
      return Error{Errc::invalid_input,
                   fmt::format("input '{}' is {} in the network, not {}", printable(input.name),
                               name(input.dtype), name(spec.dtype))};
    if (!element_count(spec.shape) || spec.shape.empty())
      return Error{Errc::invalid_input, fmt::format("input '{}' has no usable shape {}",
                                                    printable(input.name), to_string(spec.shape))};
  }
  return {};
}

}  // namespace

Result<Request> read_request(const engine::CompileOptions& options,
                             const engine::Capabilities& capabilities) {
  const auto device = engine::find_device(kName, options.device, capabilities);
  if (!device) return device.error();
  if (std::ranges::find((*device)->precisions, options.precision) == (*device)->precisions.end())
    return Error{Errc::unsupported,
                 fmt::format("cudnn: {} has no {}", (*device)->name, name(options.precision))};
  if (!options.hint.empty() &&
      std::ranges::find(capabilities.hints, options.hint) == capabilities.hints.end())
    return engine::not_one_of(kName, "hint", options.hint, capabilities.hints);
  if (auto fine = check_numbers(options); !fine) return std::move(fine).error();
  Request request;
  if (auto read = read_options(options, capabilities, request); !read) return std::move(read).error();
  request.device = options.device;
  request.precision = options.precision;
  request.threads = options.threads > 0 ? static_cast<std::size_t>(options.threads)
                                        : std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  request.streams = options.streams;
  request.in_flight = options.hint == "throughput" ? std::max(options.streams, 2) : options.streams;
  request.hint = options.hint;
  return request;
}

Result<Network> read_network(const engine::ModelSource& source, Precision precision) {
  auto graph = model::read_onnx(source.onnx);
  if (!graph) return std::move(graph).error();
  if (auto fine = check_inputs(source, *graph); !fine) return std::move(fine).error();
  const std::int64_t batch = source.inputs.front().shape.front();
  auto network = lower(*std::move(graph), {precision, batch});
  if (!network) return network;
  for (std::size_t i = 0; i < network->inputs.size(); ++i)
    if (network->inputs[i].shape != source.inputs[i].shape)
      return Error{
          Errc::invalid_input,
          fmt::format("input '{}' is {} in the network, {} was given", printable(source.inputs[i].name),
                      to_string(network->inputs[i].shape), to_string(source.inputs[i].shape))};
  return network;
}

}  // namespace deepgap::engines::cudnn

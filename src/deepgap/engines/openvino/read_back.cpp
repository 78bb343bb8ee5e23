#include "deepgap/engines/openvino/read_back.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <openvino/core/model.hpp>
#include <openvino/runtime/properties.hpp>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/openvino/translate.hpp"
#include "deepgap/engines/openvino/words.hpp"

namespace deepgap::engines::openvino {
namespace {

// Keys of a runtime model's rt_info (ov::exec_model_info, which the wheel ships without its header).
constexpr const char* kLayerType = "layerType";
constexpr const char* kPrimitive = "primitiveType";
constexpr const char* kPrecision = "runtimePrecision";

constexpr std::array<std::string_view, 5> kHeavy{"Convolution", "Deconvolution", "MatMul", "FullyConnected",
                                                 "RNNSeq"};
constexpr std::array<std::string_view, 6> kNoWork{"Input",   "Output",  "Const",
                                                  "Reorder", "Reshape", "Concatenation"};

std::string text_of(const ov::Node& node, const char* key) {
  const auto& info = node.get_rt_info();
  const auto found = info.find(key);
  return found == info.end() ? std::string{} : found->second.as<std::string>();
}

// The declared type of a quantised layer is that of its output, so it only counts when the kernel does not
// say.
std::optional<Precision> layer_precision(const ov::Node& node) {
  const auto precision = kernel_precision(text_of(node, kPrimitive));
  return precision ? precision : precision_of(text_of(node, kPrecision));
}

// Layers by what they compute in, and by kernel within that.
struct Tally {
  struct Group {
    int layers = 0;
    std::map<std::string, int> kernels;
  };
  std::map<std::optional<Precision>, Group> groups;  // absent: the layer does not say
  int layers = 0;

  void add(const ov::Node& node) {
    ++layers;
    Group& group = groups[layer_precision(node)];
    ++group.layers;
    ++group.kernels[text_of(node, kPrimitive)];
  }
  [[nodiscard]] std::vector<std::pair<std::optional<Precision>, Group>> largest_first() const {
    std::vector<std::pair<std::optional<Precision>, Group>> ordered(groups.begin(), groups.end());
    std::ranges::stable_sort(ordered,
                             [](const auto& a, const auto& b) { return a.second.layers > b.second.layers; });
    return ordered;
  }
  // "53 of 54 <what> run in int8 (36 brgconv_avx512_amx_1x1_I8, ...), 1 in fp32 (gemm_mlas_f32)"
  [[nodiscard]] std::string text(std::string_view what) const {
    std::string out;
    for (const auto& [precision, group] : largest_first()) {
      std::vector<std::string> kernels;
      for (const auto& [kernel, count] : group.kernels)
        kernels.push_back(fmt::format("{} {}", count, kernel.empty() ? "unnamed" : kernel));
      const std::string share = out.empty() ? fmt::format("{} of {} {} run", group.layers, layers, what)
                                            : fmt::format(", {}", group.layers);
      out +=
          fmt::format("{} in {} ({})", share, precision ? name(*precision) : "another type", join(kernels));
    }
    return out;
  }
};

void read_precision(const ov::CompiledModel& compiled, engine::Effective& effective) {
  const auto contains = [](const auto& list, const std::string& text) {
    return std::ranges::find(list, std::string_view{text}) != list.end();
  };
  Tally heavy, other;
  for (const auto& node : compiled.get_runtime_model()->get_ordered_ops()) {
    const auto type = text_of(*node, kLayerType);
    if (contains(kHeavy, type))
      heavy.add(*node);
    else if (!type.empty() && !contains(kNoWork, type))
      other.add(*node);
  }
  const bool light = heavy.layers == 0;
  const Tally& tally = light ? other : heavy;
  if (tally.layers > 0) effective.precision = tally.largest_first().front().first;
  effective.precision_evidence = tally.layers == 0 ? "the compiled network has no layer that computes"
                                 : light ? "no convolution or matrix product; " + tally.text("layers")
                                         : tally.text("convolutions and matrix products");
}

// Absent when this OpenVINO does not answer.
template <class T, ov::PropertyMutability mutability>
std::optional<T> ask(const ov::CompiledModel& compiled, const ov::Property<T, mutability>& property) {
  try {
    return compiled.get_property(property);
  } catch (...) {
    return std::nullopt;
  }
}

std::optional<std::string> on_off(std::optional<bool> value) {
  return value ? std::optional<std::string>{*value ? "on" : "off"} : std::nullopt;
}

}  // namespace

engine::Effective read_back(const ov::CompiledModel& compiled,
                            const std::map<std::string, std::string, std::less<>>& requested) {
  engine::Effective effective;
  for (const auto& [key, value] : requested) effective.settings[key].requested = value;
  auto& settings = effective.settings;

  if (const auto type = ask(compiled, ov::hint::inference_precision))
    settings["inference_precision"].effective = type->get_type_name();
  if (const auto mode = ask(compiled, ov::hint::performance_mode))
    settings["hint"].effective = *mode == ov::hint::PerformanceMode::THROUGHPUT ? "throughput"
                                 : *mode == ov::hint::PerformanceMode::LATENCY  ? "latency"
                                                                                : "other";
  if (const auto streams = ask(compiled, ov::num_streams)) {
    effective.streams = streams->num;
    settings["streams"].effective = std::to_string(streams->num);
  }
  if (const auto threads = ask(compiled, ov::inference_num_threads)) {
    effective.threads = *threads;
    settings["threads"].effective = std::to_string(*threads);
  }
  if (const auto requests = ask(compiled, ov::optimal_number_of_infer_requests)) {
    effective.in_flight = std::max(1, static_cast<int>(*requests));
    settings["in_flight"] = {"auto", std::to_string(*requests)};
  }
  effective.call = {false, "the call returns", "by the engine"};
  settings["pinning"].effective = on_off(ask(compiled, ov::hint::enable_cpu_pinning));
  settings["hyper_threading"].effective = on_off(ask(compiled, ov::hint::enable_hyper_threading));
  try {
    read_precision(compiled, effective);
  } catch (...) {
    effective.precision_evidence =
        translate_exception("describe the compiled network", Errc::engine_failure).message();
  }
  return effective;
}

}  // namespace deepgap::engines::openvino

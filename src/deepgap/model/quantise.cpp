#include "deepgap/model/quantise.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "deepgap/core/text.hpp"
#include "deepgap/model/small_float.hpp"
#include "quantise_detail.hpp"

namespace deepgap::model {
namespace {

Tensor float_tensor(Shape shape, std::span<const float> values) {
  Tensor tensor{DType::f32, std::move(shape), std::vector<std::byte>(values.size_bytes())};
  std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}

Node linear(std::string op, std::string value, const std::string& scale, const std::string& zero,
            std::string output) {
  Node node;
  node.name = output;
  node.op = std::move(op);
  node.inputs = {std::move(value), scale, zero};
  node.outputs = {std::move(output)};
  return node;
}

// Scale and zero point of one activation.
struct Scaling {
  float scale = 1;
  std::int64_t zero = 0;
};

// A scale that is neither zero nor so small that dividing by it overflows.
float usable(double scale) { return scale > 1e-30 && scale < 1e30 ? static_cast<float>(scale) : 1.0F; }

constexpr double kLargestE4m3 = 448;
constexpr std::int64_t kE4m3Opset = 19;  // the first that quantises to it

Scaling scaling_for(const Range& range, const QuantiseOptions& options) {
  if (options.format == QuantiseOptions::Format::e4m3)
    return {usable(std::max(std::abs(range.lo), std::abs(range.hi)) / kLargestE4m3), 0};
  const Int8Activations scheme = options.activations;
  if (scheme == Int8Activations::s8)
    return {usable(std::max(std::abs(range.lo), std::abs(range.hi)) / 127), 0};
  const double lo = std::min(range.lo, 0.0),
               hi = std::max(range.hi, 0.0);  // zero must be exact: padding is zero
  const float scale = usable((hi - lo) / 255);
  const double zero = std::nearbyint(-lo / static_cast<double>(scale));
  return {scale, static_cast<std::int64_t>(std::clamp(zero, 0.0, 255.0))};
}

class Quantiser {
 public:
  Quantiser(const Graph& graph, const QuantiseOptions& options, const Ranges& ranges)
      : from_{graph}, options_{options}, ranges_{ranges}, plan_{plan_quantisation(graph)}, to_{graph} {
    for (const Value& input : graph.inputs) names_.insert(input.name);
    for (const auto& [name, tensor] : graph.constants) names_.insert(name);
    for (const Node& node : graph.nodes) names_.insert(node.outputs.begin(), node.outputs.end());
  }

  Result<Graph> run() {
    if (plan_.weights.empty()) return Error{Errc::unsupported, "nothing in this network can run in int8"};
    to_.nodes.clear();
    if (e4m3()) to_.opset = std::max(to_.opset, kE4m3Opset);
    for (const Value& input : from_.inputs)
      if (auto done = quantise_value(input.name); !done) return std::move(done).error();
    for (std::size_t i = 0; i < from_.nodes.size(); ++i)
      if (auto done = add_node(i); !done) return std::move(done).error();
    drop_unread_constants();
    return std::move(to_);
  }

 private:
  [[nodiscard]] bool e4m3() const { return options_.format == QuantiseOptions::Format::e4m3; }
  [[nodiscard]] DType activation_type() const {
    if (e4m3()) return DType::f8e4m3;
    return options_.activations == Int8Activations::s8 ? DType::i8 : DType::u8;
  }

  std::string fresh(std::string name) {
    while (!names_.insert(name).second) name += '_';
    return name;
  }

  Status add_node(std::size_t i) {
    Node node = from_.nodes[i];
    for (const std::size_t input : plan_.quantised_inputs[i]) {
      const auto found = dequantised_.find(node.inputs[input]);
      if (found != dequantised_.end()) node.inputs[input] = found->second;
    }
    if (const auto weight = plan_.weights.find(i); weight != plan_.weights.end())
      node.inputs[1] = quantise_weight(node.inputs[1], weight->second);
    to_.nodes.push_back(std::move(node));
    for (const std::string& output : from_.nodes[i].outputs)
      if (auto done = quantise_value(output); !done) return done;
    return {};
  }

  Result<Range> range_of(const std::string& value) {
    const auto range = ranges_.find(value);
    if (range == ranges_.end())
      return Error{Errc::invalid_input, "calibration saw no finite value of '" + printable(value) + "'"};
    const auto source = plan_.averages.find(value);
    const auto widest = source == plan_.averages.end() ? ranges_.end() : ranges_.find(source->second);
    if (widest == ranges_.end()) return range->second;
    // A sample has few averages, so a few samples do not show how far they go; never beyond what is averaged.
    return Range{std::max(2 * range->second.lo, widest->second.lo),
                 std::min(2 * range->second.hi, widest->second.hi)};
  }

  // A pooling that only chooses among its inputs keeps their scale: quantising again is then exact.
  Result<Scaling> scaling_of(const std::string& value) {
    if (const auto alike = plan_.same_step.find(value); alike != plan_.same_step.end())
      if (const auto known = scalings_.find(alike->second); known != scalings_.end()) return known->second;
    const auto range = range_of(value);
    if (!range) return range.error();
    return scaling_for(*range, options_);
  }

  Status quantise_value(const std::string& value) {
    if (!plan_.values.contains(value)) return {};
    const auto scaling = scaling_of(value);
    if (!scaling) return scaling.error();
    scalings_[value] = *scaling;
    const std::string scale = fresh(value + "/scale"), zero = fresh(value + "/zero_point");
    to_.constants.emplace(scale, float_tensor({}, {&scaling->scale, 1}));
    Tensor point = make_tensor(activation_type(), {});
    point.bytes[0] = static_cast<std::byte>(scaling->zero);
    to_.constants.emplace(zero, std::move(point));
    const std::string integers = fresh(value + "/quantised"), floats = fresh(value + "/dequantised");
    to_.nodes.push_back(linear("QuantizeLinear", value, scale, zero, integers));
    to_.nodes.push_back(linear("DequantizeLinear", integers, scale, zero, floats));
    dequantised_[value] = floats;
    return {};
  }

  // Int8 with a scale for each entry of `axis`; returns the name of the dequantised value.
  std::string quantise_weight(const std::string& name, std::int64_t axis) {
    const auto [known, added] = weights_.try_emplace({name, axis});
    if (!added) return known->second;
    const Tensor& floats = from_.constants.find(name)->second;
    const QuantisedWeight weight =
        e4m3() ? quantise_weight_tensor_e4m3(floats, axis) : quantise_weight_tensor(floats, axis);
    const auto channels = std::ssize(weight.scales);
    const std::string integers = fresh(name + (e4m3() ? "/e4m3" : "/int8")), scale = fresh(name + "/scale");
    const std::string zero = fresh(name + "/zero_point");
    to_.constants.emplace(integers, weight.values);
    to_.constants.emplace(scale, float_tensor({channels}, weight.scales));
    to_.constants.emplace(zero, make_tensor(weight.values.dtype, {channels}));
    known->second = fresh(name + "/dequantised");
    Node node = linear("DequantizeLinear", integers, scale, zero, known->second);
    node.attributes["axis"] = axis;
    to_.nodes.push_back(std::move(node));
    return known->second;
  }

  void drop_unread_constants() {
    std::set<std::string_view> read;
    for (const Node& node : to_.nodes) read.insert(node.inputs.begin(), node.inputs.end());
    for (const Value& output : to_.outputs) read.insert(output.name);
    std::erase_if(to_.constants, [&](const auto& entry) { return !read.contains(entry.first); });
  }

  const Graph& from_;
  const QuantiseOptions& options_;
  const Ranges& ranges_;
  QuantisationPlan plan_;
  Graph to_;
  std::set<std::string, std::less<>> names_;
  std::map<std::string, std::string, std::less<>> dequantised_;
  std::map<std::string, Scaling, std::less<>> scalings_;
  std::map<std::pair<std::string, std::int64_t>, std::string> weights_;
};

// What opset 18 and 19 changed in a way that a node of an earlier opset would be read wrongly.
bool changes_with_the_opset(const Node& node) {
  return node.domain.empty() && (node.op.starts_with("Reduce") || node.op == "Resize" || node.op == "Split");
}

Status check_e4m3(const Graph& graph) {
  if (graph.opset >= kE4m3Opset) return {};
  const auto found = std::ranges::find_if(graph.nodes, changes_with_the_opset);
  if (found == graph.nodes.end()) return {};
  return Error{Errc::unsupported, "fp8 needs opset 19, this network has opset " +
                                      std::to_string(graph.opset) + ", in which " + printable(found->op) +
                                      " means something else"};
}

Status check(const Graph& graph) {
  if (graph.opset < 13)
    return Error{Errc::unsupported,
                 "int8 with a scale for each channel needs opset 13, this network has opset " +
                     std::to_string(graph.opset)};
  for (const Node& node : graph.nodes)
    if (node.op == "QuantizeLinear" || node.op == "DequantizeLinear")
      return Error{Errc::unsupported, "this network is quantised already"};
  return {};
}

}  // namespace

namespace {

// The scale of each entry of `axis`, and which entry an element belongs to.
struct ChannelScales {
  std::vector<float> scales;
  std::size_t inner = 1;
  [[nodiscard]] double of(std::size_t element) const {
    return static_cast<double>(scales[element / inner % scales.size()]);
  }
};

ChannelScales channel_scales(const Tensor& weight, std::int64_t axis, double largest_stored) {
  const auto values = weight.as<float>();
  ChannelScales channels;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < weight.shape.size(); ++i)
    channels.inner *= static_cast<std::size_t>(weight.shape[i]);
  channels.scales.assign(static_cast<std::size_t>(weight.shape[static_cast<std::size_t>(axis)]), 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float& most = channels.scales[i / channels.inner % channels.scales.size()];
    if (std::isfinite(values[i])) most = std::max(most, std::abs(values[i]));
  }
  for (float& scale : channels.scales) scale = usable(static_cast<double>(scale) / largest_stored);
  return channels;
}

}  // namespace

QuantisedWeight quantise_weight_tensor(const Tensor& weight, std::int64_t axis) {
  const auto values = weight.as<float>();
  ChannelScales channels = channel_scales(weight, axis, 127);
  QuantisedWeight result{make_tensor(DType::i8, weight.shape), {}};
  const auto integers = result.values.as<std::int8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double steps =
        std::clamp(std::nearbyint(static_cast<double>(values[i]) / channels.of(i)), -127.0, 127.0);
    integers[i] = std::isnan(steps) ? std::int8_t{0} : static_cast<std::int8_t>(steps);
  }
  result.scales = std::move(channels.scales);
  return result;
}

QuantisedWeight quantise_weight_tensor_e4m3(const Tensor& weight, std::int64_t axis) {
  const auto values = weight.as<float>();
  ChannelScales channels = channel_scales(weight, axis, kLargestE4m3);
  QuantisedWeight result{make_tensor(DType::f8e4m3, weight.shape), {}};
  const auto bits = result.values.as<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double number = static_cast<double>(values[i]) / channels.of(i);
    bits[i] = to_f8e4m3(std::isnan(number) ? 0 : number);
  }
  result.scales = std::move(channels.scales);
  return result;
}

Result<Graph> quantise(const Graph& fp32_folded, const QuantiseOptions& options, const Ranges& ranges) {
  if (auto fine = check(fp32_folded); !fine) return std::move(fine).error();
  if (options.format == QuantiseOptions::Format::e4m3)
    if (auto fine = check_e4m3(fp32_folded); !fine) return std::move(fine).error();
  return Quantiser{fp32_folded, options, ranges}.run();
}

Result<Graph> quantise(const Graph& fp32_folded, const QuantiseOptions& options,
                       std::span<const std::vector<Tensor>> calibration_inputs) {
  if (auto fine = check(fp32_folded); !fine) return std::move(fine).error();
  const bool cut = options.method == QuantiseOptions::Method::percentile;
  const auto ranges = calibrate(fp32_folded, calibration_inputs, cut ? options.percentile : 100);
  if (!ranges) return ranges.error();
  return quantise(fp32_folded, options, *ranges);
}

}  // namespace deepgap::model

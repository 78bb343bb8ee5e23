#include "deepgap/model/quantise.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "deepgap/core/text.hpp"
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

Scaling scaling_for(const Range& range, Int8Activations scheme) {
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
    for (const Value& input : from_.inputs)
      if (auto done = quantise_value(input.name); !done) return std::move(done).error();
    for (std::size_t i = 0; i < from_.nodes.size(); ++i)
      if (auto done = add_node(i); !done) return std::move(done).error();
    drop_unread_constants();
    return std::move(to_);
  }

 private:
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
    return scaling_for(*range, options_.activations);
  }

  Status quantise_value(const std::string& value) {
    if (!plan_.values.contains(value)) return {};
    const auto scaling = scaling_of(value);
    if (!scaling) return scaling.error();
    scalings_[value] = *scaling;
    const std::string scale = fresh(value + "/scale"), zero = fresh(value + "/zero_point");
    to_.constants.emplace(scale, float_tensor({}, {&scaling->scale, 1}));
    const bool is_signed = options_.activations == Int8Activations::s8;
    Tensor point = make_tensor(is_signed ? DType::i8 : DType::u8, {});
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
    const QuantisedWeight weight = quantise_weight_tensor(from_.constants.find(name)->second, axis);
    const auto channels = std::ssize(weight.scales);
    const std::string integers = fresh(name + "/int8"), scale = fresh(name + "/scale");
    const std::string zero = fresh(name + "/zero_point");
    to_.constants.emplace(integers, weight.values);
    to_.constants.emplace(scale, float_tensor({channels}, weight.scales));
    to_.constants.emplace(zero, make_tensor(DType::i8, {channels}));
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

QuantisedWeight quantise_weight_tensor(const Tensor& weight, std::int64_t axis) {
  const auto values = weight.as<float>();
  const auto channels = static_cast<std::size_t>(weight.shape[static_cast<std::size_t>(axis)]);
  std::size_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < weight.shape.size(); ++i)
    inner *= static_cast<std::size_t>(weight.shape[i]);
  std::vector<float> largest(channels, 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float& most = largest[i / inner % channels];
    if (std::isfinite(values[i])) most = std::max(most, std::abs(values[i]));
  }
  QuantisedWeight result{make_tensor(DType::i8, weight.shape), {}};
  for (const float most : largest) result.scales.push_back(usable(static_cast<double>(most) / 127));
  const auto integers = result.values.as<std::int8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto scale = static_cast<double>(result.scales[i / inner % channels]);
    const double steps = std::clamp(std::nearbyint(static_cast<double>(values[i]) / scale), -127.0, 127.0);
    integers[i] = std::isnan(steps) ? std::int8_t{0} : static_cast<std::int8_t>(steps);
  }
  return result;
}

Result<Graph> quantise(const Graph& fp32_folded, const QuantiseOptions& options, const Ranges& ranges) {
  if (auto fine = check(fp32_folded); !fine) return std::move(fine).error();
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

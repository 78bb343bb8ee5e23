#include "deepgap/model/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deepgap/core/text.hpp"
#include "deepgap/model/operators.hpp"
#include "shapes_detail.hpp"
#include "topology_detail.hpp"

namespace deepgap::model {
namespace {

class Inference {
 public:
  Inference(const Graph& graph, std::int64_t batch) : graph_{graph}, batch_{batch} {}

  Result<ValueSpecs> run() {
    for (const auto& [key, tensor] : graph_.constants) specs_[key] = {key, tensor.dtype, tensor.shape};
    for (const Value& input : graph_.inputs) {
      Shape shape = input.shape;
      if (!shape.empty() && shape[0] == kBatchDim) shape[0] = batch_;
      if (auto added = add(input.name, {input.dtype, std::move(shape)}); !added)
        return std::move(added).error();
    }
    for (const Node& node : graph_.nodes)
      if (auto done = infer(node); !done) return std::move(done).error();
    for (const Value& output : graph_.outputs)
      if (auto agrees = check(output); !agrees) return std::move(agrees).error();
    return std::move(specs_);
  }

 private:
  Status add(const std::string& name, TypedShape value) {
    if (!element_count(value.shape))
      return contradiction(fmt::format("value '{}' would have the impossible shape {}", printable(name, 120),
                                       to_string(value.shape)));
    specs_[name] = {name, value.dtype, std::move(value.shape)};
    return {};
  }

  Result<Call> call_of(const Node& node) {
    Call call{node, graph_.opset, {}, {}, {}};
    for (const std::string& input : node.inputs) {
      const auto spec = specs_.find(input);
      if (!input.empty() && spec == specs_.end())
        return contradiction(
            fmt::format("it reads '{}', which nothing defines before it", printable(input, 120)));
      call.inputs.push_back(input.empty() ? nullptr : &spec->second);
      call.ints.push_back(input.empty() ? nullptr : ints_of(input));
      const auto constant = graph_.constants.find(input);
      call.constants.push_back(constant == graph_.constants.end() ? nullptr : &constant->second);
    }
    return call;
  }

  const KnownInts* ints_of(const std::string& value) {
    if (const auto known = ints_.find(value); known != ints_.end()) return &known->second;
    const auto constant = graph_.constants.find(value);
    if (constant == graph_.constants.end()) return nullptr;
    auto ints = known_ints(constant->second);
    return ints ? &ints_.emplace(value, *std::move(ints)).first->second : nullptr;
  }

  Status infer(const Node& node) {
    const Operator* entry = find_operator(node.domain, node.op);
    if (entry == nullptr)
      return not_supported(
          fmt::format("operator '{}' (domain {}) of {} is not known to DeepGap", printable(node.op, 60),
                      node.domain.empty() ? "ai.onnx" : printable(node.domain, 60), label_of(node)));
    auto outputs = outputs_of(node, *entry);
    if (!outputs) return std::move(outputs).error().in(label_of(node));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      if (i >= outputs->size())
        return contradiction(fmt::format("{}: it has too many outputs", label_of(node)));
      if (auto added = add(node.outputs[i], (*outputs)[i]); !added)
        return std::move(added).error().in(label_of(node));
    }
    return {};
  }

  Result<Outputs> outputs_of(const Node& node, const Operator& entry) {
    const auto call = call_of(node);
    if (!call) return call.error();
    if (auto ok = check_attributes(node); !ok) return std::move(ok).error();
    if (node.inputs.size() > entry.max_inputs) return contradiction("it has too many inputs");
    for (std::size_t i = 0; i < entry.min_inputs; ++i)
      if (!call->has(i)) return contradiction(fmt::format("its input {} is missing", i));
    auto outputs = entry.rule(*call);
    if (outputs && !outputs->empty() && !node.outputs.empty() && !node.outputs[0].empty())
      if (auto ints = evaluate(*call, outputs->front()))
        ints_.insert_or_assign(node.outputs[0], *std::move(ints));
    return outputs;
  }

  // A fixed first dimension of an output is not believed when the batch is open: exporters often freeze it.
  Status check(const Value& declared) const {
    const auto found = specs_.find(declared.name);
    if (found == specs_.end())
      return contradiction(fmt::format("output '{}' is defined by nothing", printable(declared.name, 120)));
    const TensorSpec& real = found->second;
    bool agrees = declared.dtype == real.dtype;
    if (!declared.shape.empty()) {
      agrees = agrees && declared.shape.size() == real.shape.size();
      const std::size_t first = graph_.dynamic_batch() ? 1 : 0;
      for (std::size_t i = first; agrees && i < real.shape.size(); ++i)
        agrees = declared.shape[i] < 0 || declared.shape[i] == real.shape[i];
    }
    if (agrees) return {};
    return contradiction(fmt::format("output '{}' is declared as {} {}, but the network gives {} {}",
                                     printable(declared.name, 120), name(declared.dtype),
                                     to_string(declared.shape), name(real.dtype), to_string(real.shape)));
  }

  const Graph& graph_;
  std::int64_t batch_;
  ValueSpecs specs_;
  std::map<std::string, KnownInts, std::less<>> ints_;
};

}  // namespace

Result<ValueSpecs> infer_shapes(const Graph& graph, std::int64_t batch) {
  if (batch < 1) return contradiction(fmt::format("batch {}: a batch is 1 or more", batch));
  return Inference{graph, batch}.run();
}

Result<Shape> broadcast(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  Shape result(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return contradiction(fmt::format("shapes {} and {} do not broadcast", to_string(a), to_string(b)));
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

Error contradiction(std::string what) { return Error{Errc::invalid_input, std::move(what)}; }
Error not_supported(std::string what) { return Error{Errc::unsupported, std::move(what)}; }

Result<std::int64_t> normal_axis(std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank)
    return contradiction(fmt::format("axis {} is outside a tensor of rank {}", axis, rank));
  return axis < 0 ? axis + rank : axis;
}

Result<std::int64_t> normal_split(std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis > rank)
    return contradiction(fmt::format("axis {} is outside a tensor of rank {}", axis, rank));
  return axis < 0 ? axis + rank : axis;
}

Result<std::vector<std::int64_t>> normal_axes(std::span<const std::int64_t> axes, std::int64_t rank) {
  std::vector<std::int64_t> result;
  for (const std::int64_t axis : axes) {
    auto normal = normal_axis(axis, rank);
    if (!normal) return std::move(normal).error();
    if (std::ranges::find(result, *normal) != result.end())
      return contradiction(fmt::format("axis {} is named twice", axis));
    result.push_back(*normal);
  }
  return result;
}

Status need_rank(const Call& call, std::size_t input, std::int64_t least) {
  if (call.rank(input) >= least) return {};
  return contradiction(fmt::format("its input {} has shape {}; it needs {} dimensions or more", input,
                                   to_string(call.in(input).shape), least));
}

Result<std::optional<std::vector<std::int64_t>>> Call::list(std::string_view key, std::size_t i) const {
  using List = std::optional<std::vector<std::int64_t>>;
  if (lists_are_attributes(node, opset)) {
    const auto it = node.attributes.find(key);
    if (it == node.attributes.end()) return List{};
    if (const auto* values = std::get_if<std::vector<std::int64_t>>(&it->second)) return List{*values};
    return contradiction(fmt::format("attribute '{}' is not a list of integers", key));
  }
  if (!has(i)) return List{};
  if (ints[i] == nullptr) return not_supported(fmt::format("'{}' (input {}) depends on the data", key, i));
  if (ints[i]->shape.size() > 1) return contradiction(fmt::format("'{}' (input {}) is not a list", key, i));
  return List{ints[i]->values};
}

}  // namespace deepgap::model

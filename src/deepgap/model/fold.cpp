#include "deepgap/model/fold.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace deepgap::model {
namespace {

// How often each value is read; a graph output is a reader too.
using Uses = std::map<std::string, std::size_t, std::less<>>;

Uses uses_of(const Graph& graph) {
  Uses uses;
  for (const Node& node : graph.nodes)
    for (const std::string& input : node.inputs)
      if (!input.empty()) ++uses[input];
  for (const Value& output : graph.outputs) ++uses[output.name];
  return uses;
}

void drop_unread_constants(Graph& graph) {
  const Uses uses = uses_of(graph);
  std::erase_if(graph.constants, [&](const auto& entry) { return !uses.contains(entry.first); });
}

std::string unused_name(const Graph& graph, const Uses& uses, const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; graph.constants.contains(name) || uses.contains(name); ++i)
    name = wanted + "." + std::to_string(i);
  return name;
}

// y = x * factor + offset, one entry a channel.
struct Affine {
  std::vector<double> factor;
  std::vector<double> offset;
};

const Tensor* float_constant(const Graph& graph, const Node& node, std::size_t i) {
  if (i >= node.inputs.size()) return nullptr;
  const auto it = graph.constants.find(node.inputs[i]);
  return it == graph.constants.end() || it->second.dtype != DType::f32 ? nullptr : &it->second;
}

std::optional<Affine> affine_of(const Graph& graph, const Node& norm, std::size_t channels) {
  if (norm.int_or("training_mode", 0) != 0 || norm.int_or("spatial", 1) != 1) return std::nullopt;
  if (std::any_of(norm.outputs.begin() + 1, norm.outputs.end(),
                  [](const auto& name) { return !name.empty(); }))
    return std::nullopt;
  const Tensor* parts[4];
  for (std::size_t i = 0; i < 4; ++i) {
    parts[i] = float_constant(graph, norm, i + 1);
    if (parts[i] == nullptr || parts[i]->as<float>().size() != channels) return std::nullopt;
  }
  const double epsilon = norm.float_or("epsilon", 1e-5F);
  Affine affine;
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = parts[0]->as<float>()[c] / std::sqrt(parts[3]->as<float>()[c] + epsilon);
    const double offset = parts[1]->as<float>()[c] - parts[2]->as<float>()[c] * factor;
    if (!std::isfinite(factor) || !std::isfinite(offset)) return std::nullopt;
    affine.factor.push_back(factor);
    affine.offset.push_back(offset);
  }
  return affine;
}

class BatchNormFolder {
 public:
  explicit BatchNormFolder(Graph& graph) : graph_{graph}, uses_{uses_of(graph)} {}

  std::size_t run() {
    std::map<std::string_view, Node*> convolutions;
    std::vector<Node> kept;
    for (Node& node : graph_.nodes)
      if (node.op == "Conv" && node.domain.empty() && node.outputs.size() == 1)
        convolutions[node.outputs[0]] = &node;
    std::set<const Node*> folded;
    for (const Node& node : graph_.nodes) {
      if (node.op != "BatchNormalization" || !node.domain.empty() || node.inputs.empty() ||
          node.outputs.empty())
        continue;
      const auto conv = convolutions.find(node.inputs[0]);
      if (conv != convolutions.end() && fold(*conv->second, node)) folded.insert(&node);
    }
    for (Node& node : graph_.nodes)
      if (!folded.contains(&node)) kept.push_back(std::move(node));
    graph_.nodes = std::move(kept);
    if (!folded.empty()) drop_unread_constants(graph_);
    return folded.size();
  }

 private:
  bool fold(Node& conv, const Node& norm) {
    if (uses_.find(norm.inputs[0])->second != 1 || folded_.contains(&conv)) return false;
    const Tensor* weight = float_constant(graph_, conv, 1);
    if (weight == nullptr || weight->shape.empty() || weight->shape[0] < 1) return false;
    const auto channels = static_cast<std::size_t>(weight->shape[0]);
    const bool biased = conv.inputs.size() > 2 && !conv.inputs[2].empty();
    const Tensor* bias = biased ? float_constant(graph_, conv, 2) : nullptr;
    if (biased && (bias == nullptr || bias->as<float>().size() != channels)) return false;
    const auto affine = affine_of(graph_, norm, channels);
    if (!affine) return false;

    Tensor new_bias = make_tensor(DType::f32, {weight->shape[0]});
    for (std::size_t c = 0; c < channels; ++c) {
      const double before = bias == nullptr ? 0.0 : bias->as<float>()[c];
      new_bias.as<float>()[c] = static_cast<float>(before * affine->factor[c] + affine->offset[c]);
    }
    Tensor new_weight = *weight;
    const auto values = new_weight.as<float>();
    const std::size_t each = values.size() / channels;
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(values[i] * affine->factor[i / each]);

    conv.inputs.resize(3);
    const std::string weight_name = conv.inputs[1];
    store(conv.inputs[1], weight_name, std::move(new_weight));
    store(conv.inputs[2], weight_name + ".bias", std::move(new_bias));
    conv.outputs[0] = norm.outputs[0];
    folded_.insert(&conv);
    return true;
  }

  // Under the name that the node has, unless that constant has other readers (or there is none).
  void store(std::string& input, const std::string& wanted, Tensor tensor) {
    const bool own = !input.empty() && uses_.find(input)->second == 1;
    if (!own) input = unused_name(graph_, uses_, wanted);
    uses_[input] = 1;
    graph_.constants.insert_or_assign(input, std::move(tensor));
  }

  Graph& graph_;
  Uses uses_;
  std::set<const Node*> folded_;
};

bool is_noop(const Graph& graph, const Uses& uses, const Node& node) {
  if (!node.domain.empty() || node.inputs.empty() || node.inputs[0].empty() || node.outputs.empty())
    return false;
  if (node.op == "Identity") return true;
  if (node.op != "Dropout") return false;
  if (node.outputs.size() > 1 && uses.contains(node.outputs[1])) return false;
  if (node.inputs.size() < 3 || node.inputs[2].empty()) return true;
  const auto training = graph.constants.find(node.inputs[2]);
  return training != graph.constants.end() && training->second.dtype == DType::boolean &&
         training->second.bytes == std::vector<std::byte>{std::byte{0}};
}

class NoopStripper {
 public:
  explicit NoopStripper(Graph& graph) : graph_{graph}, uses_{uses_of(graph)} {
    for (const Value& output : graph.outputs) outputs_.insert(output.name);
  }

  std::size_t run() {
    const std::size_t before = graph_.nodes.size();
    std::erase_if(graph_.nodes, [this](Node& node) { return bypass(node); });
    for (Node& node : graph_.nodes) {
      for (std::string& input : node.inputs) follow(renamed_, input);
      for (std::string& output : node.outputs) follow(renamed_, output);
    }
    drop_dead_nodes();
    drop_unread_constants(graph_);
    return before - graph_.nodes.size();
  }

 private:
  using Names = std::map<std::string, std::string, std::less<>>;

  static void follow(const Names& names, std::string& name) {
    if (const auto it = names.find(name); it != names.end()) name = it->second;
  }

  bool bypass(Node& node) {
    for (std::string& input : node.inputs) follow(stands_for_, input);
    if (!is_noop(graph_, uses_, node)) {
      for (const std::string& output : node.outputs) computed_.insert(output);
      return false;
    }
    const std::string& from = node.inputs[0];
    const std::string& to = node.outputs[0];
    if (!outputs_.contains(to)) {
      stands_for_[to] = from;
      return true;
    }
    if (computed_.contains(from) && !outputs_.contains(from) && !renamed_.contains(from)) {
      renamed_[from] = to;
      return true;
    }
    node = {node.name, "Identity", "", {from}, {to}, {}};
    return false;
  }

  void drop_dead_nodes() {
    std::set<std::string, std::less<>> needed{outputs_.begin(), outputs_.end()};
    std::vector<Node> kept;
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
      if (std::ranges::none_of(node->outputs, [&](const auto& name) { return needed.contains(name); }))
        continue;
      needed.insert(node->inputs.begin(), node->inputs.end());
      kept.push_back(std::move(*node));
    }
    std::ranges::reverse(kept);
    graph_.nodes = std::move(kept);
  }

  Graph& graph_;
  Uses uses_;
  std::set<std::string, std::less<>> outputs_;
  std::set<std::string, std::less<>> computed_;  // by nodes that stay
  Names stands_for_;                             // a removed value -> what its readers read now
  Names renamed_;                                // a computed value -> the output that it becomes
};

}  // namespace

std::size_t fold_batchnorm(Graph& graph) { return BatchNormFolder{graph}.run(); }

std::size_t strip_noops(Graph& graph) { return NoopStripper{graph}.run(); }

}  // namespace deepgap::model

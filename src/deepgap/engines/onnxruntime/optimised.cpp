#include "deepgap/engines/onnxruntime/optimised.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <onnx/onnx.pb.h>

#include "deepgap/core/text.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

constexpr std::array<std::string_view, 17> kHeavy{"Conv",          "FusedConv",
                                                  "NhwcConv",      "NhwcFusedConv",
                                                  "ConvTranspose", "Gemm",
                                                  "FusedGemm",     "MatMul",
                                                  "FusedMatMul",   "TransposeMatMul",
                                                  "Attention",     "MultiHeadAttention",
                                                  "MatMulNBits",   "LSTM",
                                                  "GRU",           "RNN",
                                                  "Einsum"};
// The operators that multiply integers, by a part of their name.
constexpr std::array<std::string_view, 6> kInteger{"QLinearConv", "QLinearMatMul",   "Integer",
                                                   "QGemm",       "DynamicQuantize", "QAttention"};
constexpr std::array<std::string_view, 14> kNoWork{
    "Cast",   "Transpose", "Reshape",        "Flatten",          "Identity",     "Squeeze",       "Unsqueeze",
    "Concat", "Constant",  "QuantizeLinear", "DequantizeLinear", "ReorderInput", "ReorderOutput", "Shape"};

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& list, std::string_view op) {
  return std::ranges::find(list, op) != list.end();
}

bool multiplies_integers(std::string_view op) {
  if (op == "DynamicQuantizeLinear") return false;
  return std::ranges::any_of(kInteger,
                             [&](std::string_view part) { return op.find(part) != std::string_view::npos; });
}

std::optional<Precision> precision_of(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT: return Precision::fp32;
    case onnx::TensorProto::FLOAT16: return Precision::fp16;
    case onnx::TensorProto::BFLOAT16: return Precision::bf16;
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::UINT8: return Precision::int8;
    default: return std::nullopt;
  }
}

// Element types of values, as far as they are needed: a saved network names those of its inputs and weights.
class Types {
 public:
  explicit Types(const onnx::GraphProto& graph) : nodes_{graph.node_size()} {
    for (const auto& tensor : graph.initializer()) known_[tensor.name()] = tensor.data_type();
    for (const auto* list : {&graph.input(), &graph.value_info(), &graph.output()})
      for (const auto& value : *list)
        if (value.type().has_tensor_type()) known_[value.name()] = value.type().tensor_type().elem_type();
    for (const auto& node : graph.node())
      for (const auto& output : node.output()) producers_[output] = &node;
  }

  [[nodiscard]] std::optional<Precision> of(std::string_view value) const {
    for (int step = 0; step <= nodes_; ++step) {  // a damaged network may run in circles
      if (const auto known = known_.find(value); known != known_.end()) return precision_of(known->second);
      const auto producer = producers_.find(value);
      if (producer == producers_.end()) return std::nullopt;
      const onnx::NodeProto& node = *producer->second;
      if (node.op_type() == "Cast") return cast_to(node);
      if (node.op_type() == "QuantizeLinear" || node.op_type().starts_with("QLinear")) return Precision::int8;
      // What comes out of the others has the type of what goes in; of DequantizeLinear that of its scale.
      const int from = node.op_type() == "DequantizeLinear" ? 1 : 0;
      if (from >= node.input_size()) return std::nullopt;
      value = node.input(from);
    }
    return std::nullopt;
  }

 private:
  static std::optional<Precision> cast_to(const onnx::NodeProto& node) {
    for (const auto& attribute : node.attribute())
      if (attribute.name() == "to") return precision_of(static_cast<int>(attribute.i()));
    return std::nullopt;
  }

  int nodes_;
  std::unordered_map<std::string_view, int> known_;
  std::unordered_map<std::string_view, const onnx::NodeProto*> producers_;
};

// Nodes by what they compute in, and by operator within that.
struct Tally {
  struct Group {
    int nodes = 0;
    std::map<std::string, int> operators;
  };
  std::map<std::optional<Precision>, Group> groups;
  int nodes = 0;

  void add(const onnx::NodeProto& node, std::optional<Precision> precision) {
    ++nodes;
    ++groups[precision].nodes;
    ++groups[precision].operators[node.op_type()];
  }
  [[nodiscard]] std::vector<std::pair<std::optional<Precision>, Group>> largest_first() const {
    std::vector<std::pair<std::optional<Precision>, Group>> ordered(groups.begin(), groups.end());
    std::ranges::stable_sort(ordered,
                             [](const auto& a, const auto& b) { return a.second.nodes > b.second.nodes; });
    return ordered;
  }
  // "53 of 54 <what> run in int8 (53 QLinearConv), 1 in fp32 (1 Gemm)"
  [[nodiscard]] std::string text(std::string_view what) const {
    std::string out;
    for (const auto& [precision, group] : largest_first()) {
      std::vector<std::string> parts;
      for (const auto& [op, count] : group.operators)
        parts.push_back(fmt::format("{} {}", count, printable(op)));
      const std::string share = out.empty() ? fmt::format("{} of {} {} run", group.nodes, nodes, what)
                                            : fmt::format(", {}", group.nodes);
      out += fmt::format("{} in {} ({})", share, precision ? name(*precision) : "another type", join(parts));
    }
    return out;
  }
};

Arithmetic judge(const onnx::GraphProto& graph) {
  const Types types{graph};
  Tally heavy, other;
  for (const auto& node : graph.node()) {
    const std::string_view op = node.op_type();
    const auto of_input = node.input_size() > 0 ? types.of(node.input(0)) : std::nullopt;
    if (multiplies_integers(op))
      heavy.add(node, Precision::int8);
    else if (is_one_of(kHeavy, op))
      heavy.add(node, of_input);
    else if (!is_one_of(kNoWork, op))
      other.add(node, of_input);
  }
  const bool light = heavy.nodes == 0;
  const Tally& tally = light ? other : heavy;
  if (tally.nodes == 0) return {std::nullopt, "the optimised network has no node that computes"};
  return {tally.largest_first().front().first,
          light ? "no convolution or matrix product; " + tally.text("nodes")
                : tally.text("convolutions and matrix products")};
}

}  // namespace

Arithmetic arithmetic_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  onnx::ModelProto model;
  if (!in || !model.ParseFromIstream(&in))
    return {std::nullopt, "the network as ONNX Runtime optimised it cannot be read"};
  return judge(model.graph());
}

}  // namespace deepgap::engines::onnxruntime

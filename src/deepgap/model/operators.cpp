#include "deepgap/model/operators.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "shapes_detail.hpp"

namespace deepgap::model {
namespace {

constexpr std::size_t kMany = ~std::size_t{0};

constexpr std::array kOperators = {
    Operator{"Abs", 1, 1, rules::same_shape},
    Operator{"Add", 2, 2, rules::elementwise},
    Operator{"And", 2, 2, rules::compare},
    Operator{"ArgMax", 1, 1, rules::arg_reduce},
    Operator{"ArgMin", 1, 1, rules::arg_reduce},
    Operator{"AveragePool", 1, 1, rules::pool},
    Operator{"BatchNormalization", 5, 5, rules::batch_norm},
    Operator{"Cast", 1, 1, rules::cast},
    Operator{"Ceil", 1, 1, rules::same_shape},
    Operator{"Celu", 1, 1, rules::same_shape},
    Operator{"Clip", 1, 3, rules::same_shape},
    Operator{"Concat", 1, kMany, rules::concat},
    Operator{"ConstantOfShape", 1, 1, rules::constant_of_shape},
    Operator{"Conv", 2, 3, rules::conv},
    Operator{"ConvTranspose", 2, 3, rules::conv_transpose},
    Operator{"Cos", 1, 1, rules::same_shape},
    Operator{"DepthToSpace", 1, 1, rules::depth_to_space},
    Operator{"DequantizeLinear", 2, 3, rules::dequantize},
    Operator{"Div", 2, 2, rules::elementwise},
    Operator{"Dropout", 1, 3, rules::dropout},
    Operator{"Elu", 1, 1, rules::same_shape},
    Operator{"Equal", 2, 2, rules::compare},
    Operator{"Erf", 1, 1, rules::same_shape},
    Operator{"Exp", 1, 1, rules::same_shape},
    Operator{"Expand", 2, 2, rules::expand},
    Operator{"Flatten", 1, 1, rules::flatten},
    Operator{"Floor", 1, 1, rules::same_shape},
    Operator{"Gather", 2, 2, rules::gather},
    Operator{"Gelu", 1, 1, rules::same_shape},
    Operator{"Gemm", 2, 3, rules::gemm},
    Operator{"GlobalAveragePool", 1, 1, rules::global_pool},
    Operator{"GlobalMaxPool", 1, 1, rules::global_pool},
    Operator{"Greater", 2, 2, rules::compare},
    Operator{"GreaterOrEqual", 2, 2, rules::compare},
    Operator{"GroupNormalization", 3, 3, rules::same_shape},
    Operator{"HardSigmoid", 1, 1, rules::same_shape},
    Operator{"HardSwish", 1, 1, rules::same_shape},
    Operator{"Identity", 1, 1, rules::same_shape},
    Operator{"InstanceNormalization", 3, 3, rules::channel_affine},
    Operator{"LRN", 1, 1, rules::same_shape},
    Operator{"LayerNormalization", 2, 3, rules::layer_norm},
    Operator{"LeakyRelu", 1, 1, rules::same_shape},
    Operator{"Less", 2, 2, rules::compare},
    Operator{"LessOrEqual", 2, 2, rules::compare},
    Operator{"Log", 1, 1, rules::same_shape},
    Operator{"LogSoftmax", 1, 1, rules::along_axis},
    Operator{"MatMul", 2, 2, rules::matmul},
    Operator{"Max", 1, kMany, rules::elementwise},
    Operator{"MaxPool", 1, 1, rules::pool},
    Operator{"Mean", 1, kMany, rules::elementwise},
    Operator{"Min", 1, kMany, rules::elementwise},
    Operator{"Mish", 1, 1, rules::same_shape},
    Operator{"Mul", 2, 2, rules::elementwise},
    Operator{"Neg", 1, 1, rules::same_shape},
    Operator{"Not", 1, 1, rules::same_shape},
    Operator{"Or", 2, 2, rules::compare},
    Operator{"PRelu", 2, 2, rules::one_way},
    Operator{"Pad", 1, 4, rules::pad},
    Operator{"Pow", 2, 2, rules::power},
    Operator{"QuantizeLinear", 2, 3, rules::quantize},
    Operator{"Reciprocal", 1, 1, rules::same_shape},
    Operator{"ReduceL1", 1, 2, rules::reduce},
    Operator{"ReduceL2", 1, 2, rules::reduce},
    Operator{"ReduceMax", 1, 2, rules::reduce},
    Operator{"ReduceMean", 1, 2, rules::reduce},
    Operator{"ReduceMin", 1, 2, rules::reduce},
    Operator{"ReduceProd", 1, 2, rules::reduce},
    Operator{"ReduceSum", 1, 2, rules::reduce},
    Operator{"ReduceSumSquare", 1, 2, rules::reduce},
    Operator{"Relu", 1, 1, rules::same_shape},
    Operator{"Reshape", 2, 2, rules::reshape},
    Operator{"Resize", 1, 4, rules::resize},
    Operator{"Round", 1, 1, rules::same_shape},
    Operator{"Selu", 1, 1, rules::same_shape},
    Operator{"Shape", 1, 1, rules::shape},
    Operator{"Sigmoid", 1, 1, rules::same_shape},
    Operator{"Sign", 1, 1, rules::same_shape},
    Operator{"Sin", 1, 1, rules::same_shape},
    Operator{"Size", 1, 1, rules::size},
    Operator{"Slice", 1, 5, rules::slice},
    Operator{"Softmax", 1, 1, rules::along_axis},
    Operator{"Softplus", 1, 1, rules::same_shape},
    Operator{"Softsign", 1, 1, rules::same_shape},
    Operator{"SpaceToDepth", 1, 1, rules::space_to_depth},
    Operator{"Split", 1, 2, rules::split},
    Operator{"Sqrt", 1, 1, rules::same_shape},
    Operator{"Squeeze", 1, 2, rules::squeeze},
    Operator{"Sub", 2, 2, rules::elementwise},
    Operator{"Sum", 1, kMany, rules::elementwise},
    Operator{"Tanh", 1, 1, rules::same_shape},
    Operator{"Tile", 2, 2, rules::tile},
    Operator{"TopK", 1, 2, rules::top_k},
    Operator{"Transpose", 1, 1, rules::transpose},
    Operator{"Unsqueeze", 1, 2, rules::unsqueeze},
    Operator{"Upsample", 1, 2, rules::resize},
    Operator{"Where", 3, 3, rules::where},
    Operator{"Xor", 2, 2, rules::compare},
};
static_assert(std::ranges::is_sorted(kOperators, {}, &Operator::name));

}  // namespace

const Operator* find_operator(std::string_view domain, std::string_view op) {
  if (!domain.empty()) return nullptr;
  const auto found = std::ranges::lower_bound(kOperators, op, {}, &Operator::name);
  return found != kOperators.end() && found->name == op ? &*found : nullptr;
}

bool known_operator(std::string_view domain, std::string_view op) {
  return find_operator(domain, op) != nullptr;
}

std::vector<std::string> known_operators() {
  std::vector<std::string> names;
  for (const Operator& entry : kOperators) names.emplace_back(entry.name);
  return names;
}

std::string qualified_operator(const Node& node) {
  return node.domain.empty() ? node.op : node.domain + "." + node.op;
}

std::vector<std::string> operators_used(const Graph& graph) {
  std::set<std::string> used;
  for (const Node& node : graph.nodes) used.insert(qualified_operator(node));
  return {used.begin(), used.end()};
}

bool lists_are_attributes(const Node& node, std::int64_t opset) noexcept {
  if (node.op == "Slice") return opset < 10;
  if (node.op == "Pad") return opset < 11;
  if (node.op == "ReduceSum" || node.op == "Squeeze" || node.op == "Unsqueeze" || node.op == "Split")
    return opset < 13;
  return node.op.starts_with("Reduce") && opset < 18;
}

}  // namespace deepgap::model

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deepgap/model/operators.hpp"
#include "deepgap/model/shapes.hpp"
#include "graphs.hpp"

namespace deepgap::model {
namespace {

using ::testing::HasSubstr;

using Constants = std::map<std::string, Tensor, std::less<>>;

std::string shape_text(const Graph& graph, const std::string& value = "y") {
  Graph open = graph;  // the declared output says nothing about its type
  const auto specs = [&] {
    auto first = infer_shapes(open, 2);
    for (const DType dtype : kAllDTypes) {
      if (first) break;
      open.outputs[0].dtype = dtype;
      first = infer_shapes(open, 2);
    }
    return first;
  }();
  if (!specs)
    return std::string{name(Errc::invalid_input) == name(specs.error().code()) ? "refused" : "skipped"};
  const TensorSpec& spec = specs->at(value);
  return std::string{name(spec.dtype)} + to_string(spec.shape);
}

std::string shape_of(Shape x, Node node, Constants constants = {}, std::int64_t opset = 17) {
  return shape_text(one_node(std::move(x), std::move(node), std::move(constants), opset));
}

Tensor zeros(Shape shape) { return make_tensor(DType::f32, std::move(shape)); }

struct Case {
  std::string expected;
  Shape x;
  Node node;
  Constants constants = {};
  std::int64_t opset = 17;
};

void check(const std::vector<Case>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& c = cases[i];
    EXPECT_EQ(shape_of(c.x, c.node, c.constants, c.opset), c.expected) << "case " << i << " " << c.node.op;
  }
}

TEST(InferShapes, OfConvolutions) {
  const Shape x{kBatchDim, 4, 8, 8};
  check({
      {"f32[2,6,6,6]", x, node("Conv", {"x", "w"}, {"y"}), {{"w", zeros({6, 4, 3, 3})}}},
      {"f32[2,6,6,6]",
       x,
       node("Conv", {"x", "w", "b"}, {"y"}),
       {{"w", zeros({6, 4, 3, 3})}, {"b", zeros({6})}}},
      {"f32[2,6,8,8]",
       x,
       node("Conv", {"x", "w"}, {"y"}, {{"group", std::int64_t{2}}, {"pads", Ints{1, 1, 1, 1}}}),
       {{"w", zeros({6, 2, 3, 3})}}},
      {"refused",
       x,
       node("Conv", {"x", "w"}, {"y"}, {{"group", std::int64_t{3}}}),
       {{"w", zeros({6, 2, 3, 3})}}},
      {"refused",
       x,
       node("Conv", {"x", "w"}, {"y"}, {{"group", std::int64_t{0}}}),
       {{"w", zeros({6, 4, 3, 3})}}},
      {"refused", x, node("Conv", {"x", "w"}, {"y"}), {{"w", zeros({6, 3, 3, 3})}}},
      {"refused", x, node("Conv", {"x", "w", "b"}, {"y"}), {{"w", zeros({6, 4, 3, 3})}, {"b", zeros({5})}}},
      {"refused", x, node("Conv", {"x", "w"}, {"y"}), {{"w", make_tensor(DType::f16, {6, 4, 3, 3})}}},
      {"refused", x, node("Conv", {"x"}, {"y"})},
      {"refused", x, node("Conv", {"x", ""}, {"y"})},
      {"f32[2,6,17,17]",
       x,
       node("ConvTranspose", {"x", "w"}, {"y"}, {{"strides", Ints{2, 2}}}),
       {{"w", zeros({4, 6, 3, 3})}}},
      {"f32[2,4,1,1]", x, node("GlobalAveragePool", {"x"}, {"y"})},
      {"f32[2,4,4,4]", x,
       node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}})},
      {"f32[2,1,16,16]", x, node("DepthToSpace", {"x"}, {"y"}, {{"blocksize", std::int64_t{2}}})},
      {"f32[2,16,4,4]", x, node("SpaceToDepth", {"x"}, {"y"}, {{"blocksize", std::int64_t{2}}})},
      {"f32[2,4,16,12]", x, node("Resize", {"x", "", "s"}, {"y"}), {{"s", floats({4}, {1, 1, 2, 1.5F})}}},
      {"f32[2,4,5,6]", x, node("Resize", {"x", "", "", "s"}, {"y"}), {{"s", ints({2, 4, 5, 6})}}},
      {"f32[2,4,16,16]", x, node("Upsample", {"x", "s"}, {"y"}), {{"s", floats({4}, {1, 1, 2, 2})}}, 9},
  });
}

TEST(InferShapes, OfMatrixProducts) {
  check({
      {"f32[2,5]", {kBatchDim, 3}, node("MatMul", {"x", "w"}, {"y"}), {{"w", zeros({3, 5})}}},
      {"f32[7,2,3,5]", {kBatchDim, 3, 4}, node("MatMul", {"x", "w"}, {"y"}), {{"w", zeros({7, 1, 4, 5})}}},
      {"f32[5]", {3}, node("MatMul", {"x", "w"}, {"y"}), {{"w", zeros({3, 5})}}},
      {"f32[2]", {kBatchDim, 3}, node("MatMul", {"x", "w"}, {"y"}), {{"w", zeros({3})}}},
      {"f32[]", {3}, node("MatMul", {"x", "w"}, {"y"}), {{"w", zeros({3})}}},
      {"refused", {kBatchDim, 3}, node("MatMul", {"x", "w"}, {"y"}), {{"w", zeros({4, 5})}}},
      {"refused", {kBatchDim, 3}, node("MatMul", {"x", "w"}, {"y"}), {{"w", zeros({})}}},
      {"f32[2,5]",
       {kBatchDim, 3},
       node("Gemm", {"x", "w", "b"}, {"y"}, {{"transB", std::int64_t{1}}}),
       {{"w", zeros({5, 3})}, {"b", zeros({5})}}},
      {"f32[3,5]",
       {kBatchDim, 3},
       node("Gemm", {"x", "w"}, {"y"}, {{"transA", std::int64_t{1}}}),
       {{"w", zeros({2, 5})}}},
      {"refused",
       {kBatchDim, 3},
       node("Gemm", {"x", "w", "b"}, {"y"}),
       {{"w", zeros({3, 5})}, {"b", zeros({4})}}},
      {"refused", {kBatchDim, 3, 1}, node("Gemm", {"x", "w"}, {"y"}), {{"w", zeros({3, 5})}}},
  });
}

TEST(InferShapes, OfElementwiseOperators) {
  const Shape x{kBatchDim, 3, 4};
  check({
      {"f32[2,3,4]", x, node("Add", {"x", "w"}, {"y"}), {{"w", zeros({4})}}},
      {"f32[5,2,3,4]", x, node("Mul", {"x", "w"}, {"y"}), {{"w", zeros({5, 1, 1, 1})}}},
      {"refused", x, node("Add", {"x", "w"}, {"y"}), {{"w", zeros({3})}}},
      {"refused", x, node("Add", {"x", "w"}, {"y"}), {{"w", ints({1, 2, 3, 4})}}},
      {"f32[2,3,4]", x, node("Pow", {"x", "w"}, {"y"}), {{"w", ints({2})}}},
      {"f32[2,3,4]", x, node("Max", {"x", "w", "x"}, {"y"}), {{"w", zeros({3, 1})}}},
      {"bool[2,3,4]", x, node("Less", {"x", "w"}, {"y"}), {{"w", zeros({1})}}},
      {"f32[2,3,4]", x, node("Clip", {"x", "", "w"}, {"y"}), {{"w", zeros({})}}},
      {"f32[2,3,4]", x, node("Softmax", {"x"}, {"y"}, {{"axis", std::int64_t{-3}}})},
      {"refused", x, node("Softmax", {"x"}, {"y"}, {{"axis", std::int64_t{3}}})},
      {"f16[2,3,4]", x, node("Cast", {"x"}, {"y"}, {{"to", std::int64_t{10}}})},
      {"skipped", x, node("Cast", {"x"}, {"y"}, {{"to", std::int64_t{8}}})},
      {"f32[2,3,4]", x, node("PRelu", {"x", "w"}, {"y"}), {{"w", zeros({3, 1})}}},
      {"refused", x, node("PRelu", {"x", "w"}, {"y"}), {{"w", zeros({9, 1, 1, 1})}}},
      {"skipped",
       x,
       node("Dropout", {"x", "", "w"}, {"y"}),
       {{"w", tensor_of<std::uint8_t>(DType::boolean, {}, {1})}}},
      {"refused", x, node("BatchNormalization", {"x", "w", "w", "w", "w"}, {"y"}), {{"w", zeros({4})}}},
      {"f32[2,3,4]", x, node("BatchNormalization", {"x", "w", "w", "w", "w"}, {"y"}), {{"w", zeros({3})}}},
      {"skipped",
       x,
       node("BatchNormalization", {"x", "w", "w", "w", "w"}, {"y"}, {{"training_mode", std::int64_t{1}}}),
       {{"w", zeros({3})}}},
      {"f32[2,3,4]", x, node("LayerNormalization", {"x", "w"}, {"y"}), {{"w", zeros({4})}}},
  });
}

TEST(InferShapes, OfReshapes) {
  const Shape x{kBatchDim, 3, 4};
  const auto reshape = node("Reshape", {"x", "s"}, {"y"});
  const auto keep_zero = node("Reshape", {"x", "s"}, {"y"}, {{"allowzero", std::int64_t{1}}});
  check({
      {"f32[2,12]", x, reshape, {{"s", ints({0, -1})}}},
      {"f32[1,24]", x, reshape, {{"s", ints({1, -1})}}},
      {"f32[24]", x, reshape, {{"s", ints({-1})}}},
      {"refused", x, reshape, {{"s", ints({-1, -1})}}},
      {"refused", x, reshape, {{"s", ints({5, -1})}}},
      {"refused", x, reshape, {{"s", ints({2, 11})}}},
      {"refused", x, reshape, {{"s", ints({-2, 12})}}},
      {"refused", x, reshape, {{"s", ints({2, 3, 4, 0})}}},
      {"refused", x, reshape, {{"s", ints({std::int64_t{1} << 40, std::int64_t{1} << 40, -1})}}},
      {"refused", x, keep_zero, {{"s", ints({0, -1})}}},
      {"f32[2,12]", x, node("Flatten", {"x"}, {"y"})},
      {"f32[1,24]", x, node("Flatten", {"x"}, {"y"}, {{"axis", std::int64_t{0}}})},
      {"f32[6,4]", x, node("Flatten", {"x"}, {"y"}, {{"axis", std::int64_t{-1}}})},
      {"f32[4,3,2]", x, node("Transpose", {"x"}, {"y"})},
      {"f32[2,4,3]", x, node("Transpose", {"x"}, {"y"}, {{"perm", Ints{0, 2, 1}}})},
      {"refused", x, node("Transpose", {"x"}, {"y"}, {{"perm", Ints{0, 1, 1}}})},
      {"refused", x, node("Transpose", {"x"}, {"y"}, {{"perm", Ints{0, 1}}})},
      {"f32[2,1,3,4,1]", x, node("Unsqueeze", {"x", "a"}, {"y"}), {{"a", ints({1, -1})}}},
      {"f32[2,1,3,4]", x, node("Unsqueeze", {"x"}, {"y"}, {{"axes", Ints{1}}}), {}, 11},
      {"refused", x, node("Unsqueeze", {"x", "a"}, {"y"}), {{"a", ints({1, 1})}}},
      {"f32[3,4]", {1, 3, 4}, node("Squeeze", {"x"}, {"y"})},
      {"f32[3,4]", {1, 3, 4}, node("Squeeze", {"x", "a"}, {"y"}), {{"a", ints({0})}}},
      {"refused", x, node("Squeeze", {"x", "a"}, {"y"}), {{"a", ints({1})}}},
      {"f32[5,2,3,4]", x, node("Expand", {"x", "s"}, {"y"}), {{"s", ints({5, 1, 1, 1})}}},
      {"i64[3]", x, node("Shape", {"x"}, {"y"})},
      {"i64[1]", x, node("Shape", {"x"}, {"y"}, {{"start", std::int64_t{-1}}})},
      {"f32[2,3]", {2}, node("ConstantOfShape", {"s"}, {"y"}), {{"s", ints({2, 3})}}},
      {"refused", {2}, node("ConstantOfShape", {"s"}, {"y"}), {{"s", ints({std::int64_t{1} << 50})}}},
      {"skipped", {2}, node("ConstantOfShape", {"x"}, {"y"})},
  });
}

TEST(InferShapes, OfPartsAndJoins) {
  const Shape x{kBatchDim, 6, 4};
  check({
      {"f32[2,9,4]",
       x,
       node("Concat", {"x", "w"}, {"y"}, {{"axis", std::int64_t{1}}}),
       {{"w", zeros({2, 3, 4})}}},
      {"refused",
       x,
       node("Concat", {"x", "w"}, {"y"}, {{"axis", std::int64_t{1}}}),
       {{"w", zeros({2, 3, 5})}}},
      {"refused", x, node("Concat", {"x", "x"}, {"y"})},
      {"f32[2,3,4]", x, node("Split", {"x"}, {"y", "z"}, {{"axis", std::int64_t{1}}}), {}, 13},
      {"f32[2,2,4]",
       x,
       node("Split", {"x", "s"}, {"y", "z"}, {{"axis", std::int64_t{1}}}),
       {{"s", ints({2, 4})}}},
      {"refused",
       x,
       node("Split", {"x", "s"}, {"y", "z"}, {{"axis", std::int64_t{1}}}),
       {{"s", ints({2, 3})}}},
      {"refused", x, node("Split", {"x"}, {"y", "z", "t", "u"}, {{"axis", std::int64_t{1}}}), {}, 13},
      {"f32[2,2,4]",
       x,
       node("Split", {"x"}, {"y", "z", "t", "u"},
            {{"axis", std::int64_t{1}}, {"num_outputs", std::int64_t{4}}}),
       {},
       18},
      {"f32[2,2,4]",
       x,
       node("Slice", {"x", "s", "e", "a"}, {"y"}),
       {{"s", ints({1})}, {"e", ints({3})}, {"a", ints({1})}}},
      {"f32[2,3,4]",
       x,
       node("Slice", {"x", "s", "e", "a", "t"}, {"y"}),
       {{"s", ints({-1})}, {"e", ints({INT64_MIN})}, {"a", ints({1})}, {"t", ints({-2})}}},
      {"f32[2,6,0]",
       x,
       node("Slice", {"x", "s", "e", "a"}, {"y"}),
       {{"s", ints({9})}, {"e", ints({INT64_MAX})}, {"a", ints({-1})}}},
      {"f32[2,5,4]", x, node("Slice", {"x"}, {"y"}, {{"starts", Ints{0, 1}}, {"ends", Ints{9, 9}}}), {}, 9},
      {"refused",
       x,
       node("Slice", {"x", "s", "e", "a", "t"}, {"y"}),
       {{"s", ints({0})}, {"e", ints({3})}, {"a", ints({1})}, {"t", ints({0})}}},
      {"f32[2,3,4]",
       x,
       node("Gather", {"x", "i"}, {"y"}, {{"axis", std::int64_t{1}}}),
       {{"i", ints({0, -1, 5})}}},
      {"refused", x, node("Gather", {"x", "i"}, {"y"}, {{"axis", std::int64_t{1}}}), {{"i", ints({6})}}},
      {"refused", x, node("Gather", {"x", "i"}, {"y"}), {{"i", zeros({1})}}},
      {"f32[2,8,4]", x, node("Pad", {"x", "p"}, {"y"}), {{"p", ints({0, 1, 0, 0, 1, 0})}}},
      {"f32[2,8,4]", x, node("Pad", {"x", "p", "", "a"}, {"y"}), {{"p", ints({1, 1})}, {"a", ints({1})}}, 18},
      {"f32[2,8,4]", x, node("Pad", {"x"}, {"y"}, {{"pads", Ints{0, 1, 0, 0, 1, 0}}}), {}, 9},
      {"refused", x, node("Pad", {"x", "p"}, {"y"}), {{"p", ints({0, -9, 0, 0, 1, 0})}}},
      {"refused", x, node("Pad", {"x", "p"}, {"y"}), {{"p", ints({0, INT64_MAX, 0, 0, INT64_MAX, 0})}}},
      {"f32[4,6,12]", x, node("Tile", {"x", "r"}, {"y"}), {{"r", ints({2, 1, 3})}}},
      {"refused", x, node("Tile", {"x", "r"}, {"y"}), {{"r", ints({INT64_MAX, 1, 3})}}},
  });
}

TEST(InferShapes, OfReductions) {
  const Shape x{kBatchDim, 3, 4};
  check({
      {"f32[2,1,1]", x, node("ReduceMean", {"x"}, {"y"}, {{"axes", Ints{1, -1}}})},
      {"f32[2]", x, node("ReduceMax", {"x"}, {"y"}, {{"axes", Ints{1, 2}}, {"keepdims", std::int64_t{0}}})},
      {"f32[1,1,1]", x, node("ReduceSum", {"x"}, {"y"})},
      {"f32[2,3]",
       x,
       node("ReduceSum", {"x", "a"}, {"y"}, {{"keepdims", std::int64_t{0}}}),
       {{"a", ints({2})}},
       13},
      {"f32[2,3,1]", x, node("ReduceMean", {"x", "a"}, {"y"}), {{"a", ints({2})}}, 18},
      {"f32[2,3,4]", x, node("ReduceSum", {"x"}, {"y"}, {{"noop_with_empty_axes", std::int64_t{1}}})},
      {"refused", x, node("ReduceMean", {"x"}, {"y"}, {{"axes", Ints{3}}})},
      {"skipped", x, node("ReduceSum", {"x", "x"}, {"y"})},
      {"i64[2,1,4]", x, node("ArgMax", {"x"}, {"y"}, {{"axis", std::int64_t{1}}})},
      {"i64[3,4]", x, node("ArgMax", {"x"}, {"y"}, {{"keepdims", std::int64_t{0}}})},
      {"f32[2,3,2]", x, node("TopK", {"x", "k"}, {"y", "z"}), {{"k", ints({2})}}},
      {"refused", x, node("TopK", {"x", "k"}, {"y", "z"}), {{"k", ints({5})}}},
  });
}

TEST(InferShapes, OfQuantisation) {
  const Shape x{kBatchDim, 4};
  const Tensor bytes = make_tensor(DType::i8, {6, 4});
  const auto dequantise = [](Attributes attributes) {
    return node("DequantizeLinear", {"q", "s"}, {"y"}, std::move(attributes));
  };
  check({
      {"u8[2,4]",
       x,
       node("QuantizeLinear", {"x", "s", "z"}, {"y"}),
       {{"s", zeros({})}, {"z", make_tensor(DType::u8, {1})}}},
      {"u8[2,4]", x, node("QuantizeLinear", {"x", "s"}, {"y"}), {{"s", zeros({})}}},
      {"i8[2,4]",
       x,
       node("QuantizeLinear", {"x", "s", "z"}, {"y"}),
       {{"s", zeros({})}, {"z", make_tensor(DType::i8, {})}}},
      {"i8[2,4]",
       x,
       node("QuantizeLinear", {"x", "s", "z"}, {"y"}, {{"axis", std::int64_t{1}}}),
       {{"s", zeros({4})}, {"z", make_tensor(DType::i8, {4})}}},
      {"refused",
       x,
       node("QuantizeLinear", {"x", "s", "z"}, {"y"}),
       {{"s", zeros({4})}, {"z", make_tensor(DType::i8, {3})}}},
      {"f32[6,4]", x, dequantise({}), {{"q", bytes}, {"s", zeros({4})}}},
      {"f32[6,4]", x, dequantise({{"axis", std::int64_t{0}}}), {{"q", bytes}, {"s", zeros({6})}}},
      {"refused", x, dequantise({{"axis", std::int64_t{0}}}), {{"q", bytes}, {"s", zeros({4})}}},
      {"refused", x, dequantise({}), {{"q", bytes}, {"s", zeros({4})}}, 10},
      {"f32[6,4]",
       x,
       dequantise({{"axis", std::int64_t{0}}, {"block_size", std::int64_t{2}}}),
       {{"q", bytes}, {"s", zeros({3, 4})}},
       21},
      {"refused",
       x,
       dequantise({{"axis", std::int64_t{0}}, {"block_size", std::int64_t{4}}}),
       {{"q", bytes}, {"s", zeros({3, 4})}},
       21},
      {"f16[6,4]", x, dequantise({}), {{"q", bytes}, {"s", make_tensor(DType::f16, {})}}},
      {"refused", x, dequantise({}), {{"q", bytes}, {"s", bytes}}},
  });
}

// What PyTorch writes for x.view(x.size(0), -1): Shape, Gather, Unsqueeze, Concat, Reshape.
TEST(InferShapes, FollowsAReshapeTargetThatIsComputedFromShapes) {
  Graph graph = one_node(
      {kBatchDim, 3, 4}, node("Shape", {"x"}, {"shape"}),
      {{"zero", tensor_of<std::int64_t>(DType::i64, {}, {0})}, {"first", ints({0})}, {"rest", ints({-1})}});
  graph.nodes.push_back(node("Gather", {"shape", "zero"}, {"n"}));
  graph.nodes.push_back(node("Unsqueeze", {"n", "first"}, {"n1"}));
  graph.nodes.push_back(node("Concat", {"n1", "rest"}, {"target"}, {{"axis", std::int64_t{0}}}));
  graph.nodes.push_back(node("Reshape", {"x", "target"}, {"y"}));
  for (const std::int64_t batch : {1, 2, 7}) {
    const auto specs = infer_shapes(graph, batch);
    ASSERT_TRUE(specs) << specs.error().message();
    EXPECT_EQ(specs->at("y").shape, (Shape{batch, 12}));
  }
}

TEST(InferShapes, FollowsArithmeticAndSlicesOfShapes) {
  Graph graph = one_node({kBatchDim, 8, 6}, node("Shape", {"x"}, {"shape"}),
                         {{"one", ints({1})}, {"three", ints({3})}, {"two", ints({2})}, {"zero", ints({0})}});
  graph.nodes.push_back(node("Slice", {"shape", "one", "three"}, {"tail"}));
  graph.nodes.push_back(node("Div", {"tail", "two"}, {"half"}));
  graph.nodes.push_back(node("Cast", {"half"}, {"narrow"}, {{"to", std::int64_t{6}}}));
  graph.nodes.push_back(node("Cast", {"narrow"}, {"wide"}, {{"to", std::int64_t{7}}}));
  graph.nodes.push_back(node("Concat", {"wide", "two", "two", "zero"}, {"all"}, {{"axis", std::int64_t{0}}}));
  graph.nodes.push_back(node("Slice", {"all", "zero", "minus"}, {"target"}));
  graph.constants["minus"] = ints({-1});
  graph.nodes.push_back(node("ConstantOfShape", {"target"}, {"y"}));
  const auto specs = infer_shapes(graph, 2);
  ASSERT_TRUE(specs) << specs.error().message();
  EXPECT_EQ(specs->at("y").shape, (Shape{4, 3, 2, 2}));
}

TEST(InferShapes, RefusesDeclaredOutputsThatContradict) {
  Graph graph = one_node({kBatchDim, 3}, node("Relu", {"x"}, {"y"}));
  graph.outputs[0].shape = {1, 3};  // an exporter's frozen batch: overlooked
  EXPECT_TRUE(infer_shapes(graph, 4));
  graph.outputs[0].shape = {kBatchDim, 4};
  EXPECT_EQ(infer_shapes(graph, 4).error().code(), Errc::invalid_input);
  EXPECT_THAT(infer_shapes(graph, 4).error().message(), HasSubstr("'y' is declared as f32 [-1,4]"));
  graph.outputs[0].shape = {kBatchDim, 3, 1};
  EXPECT_FALSE(infer_shapes(graph, 4));
  graph.outputs[0].shape = {};
  graph.outputs[0].dtype = DType::i64;
  EXPECT_FALSE(infer_shapes(graph, 4));
  graph.inputs[0].shape = {4, 3};
  graph.outputs[0] = {"y", DType::f32, {1, 3}};
  EXPECT_FALSE(infer_shapes(graph, 4));
}

TEST(InferShapes, NamesAnUnknownOperatorItsDomainAndItsNode) {
  Graph graph = one_node({1}, node("Foo", {"x"}, {"y"}));
  EXPECT_EQ(infer_shapes(graph, 1).error().message(),
            "operator 'Foo' (domain ai.onnx) of the node of 'y' (Foo) is not known to DeepGap");
  graph.nodes[0].op = "Relu";
  graph.nodes[0].domain = "x";
  graph.nodes[0].name = "n";
  const auto specs = infer_shapes(graph, 1);
  EXPECT_EQ(specs.error().code(), Errc::unsupported);
  EXPECT_EQ(specs.error().message(), "operator 'Relu' (domain x) of node 'n' (Relu) is not known to DeepGap");
}

TEST(InferShapes, RefusesAnAttributeOfAnotherKind) {
  const Shape x{kBatchDim, 3, 8, 8};
  const Constants weight{{"w", zeros({4, 3, 3, 3})}};
  EXPECT_EQ(shape_of(x, node("Conv", {"x", "w"}, {"y"}, {{"strides", std::int64_t{2}}}), weight), "refused");
  EXPECT_EQ(shape_of(x, node("Conv", {"x", "w"}, {"y"}, {{"group", Ints{1}}}), weight), "refused");
  EXPECT_EQ(shape_of(x, node("LeakyRelu", {"x"}, {"y"}, {{"alpha", std::int64_t{1}}})), "refused");
  EXPECT_EQ(shape_of(x, node("LeakyRelu", {"x"}, {"y"}, {{"alpha", 0.5F}})), "f32[2,3,8,8]");
}

TEST(InferShapes, RefusesTooManyInputsAndOutputs) {
  EXPECT_EQ(shape_of({1}, node("Relu", {"x", "x"}, {"y"})), "refused");
  EXPECT_EQ(shape_of({1}, node("Relu", {"x"}, {"y", "z"})), "refused");
}

TEST(InferShapes, RefusesABatchBelowOneAndOneThatOverflows) {
  const Graph graph = one_node({kBatchDim, 3}, node("Relu", {"x"}, {"y"}));
  EXPECT_FALSE(infer_shapes(graph, 0));
  EXPECT_FALSE(infer_shapes(graph, INT64_MAX));
}

TEST(Operators, AreKnownByNameAndDomain) {
  EXPECT_TRUE(known_operator("", "Conv"));
  EXPECT_FALSE(known_operator("com.microsoft", "Conv"));
  EXPECT_FALSE(known_operator("", "conv"));
  for (const std::string& op : known_operators()) EXPECT_TRUE(known_operator("", op)) << op;
  EXPECT_GT(known_operators().size(), 80U);
}

TEST(Operators, UsedAreListedOnce) {
  Graph graph = one_node({1}, node("Relu", {"x"}, {"a"}));
  graph.nodes.push_back(node("Relu", {"a"}, {"b"}));
  graph.nodes.push_back(node("Abs", {"b"}, {"y"}));
  EXPECT_EQ(operators_used(graph), (std::vector<std::string>{"Abs", "Relu"}));
}

}  // namespace
}  // namespace deepgap::model

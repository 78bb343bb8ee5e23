#include "deepgap/model/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "deepgap/model/builders.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/operators.hpp"
#include "run.hpp"

namespace deepgap::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Error error_of(const Graph& graph, const std::vector<Tensor>& inputs) {
  auto outputs = run_reference(graph, inputs);
  EXPECT_FALSE(outputs);
  return outputs ? Error{Errc::internal, "it ran"} : std::move(outputs).error();
}

TEST(Reference, KnowsEveryOperatorThatShapeInferenceKnows) {
  EXPECT_EQ(reference_operators(), known_operators());
}

TEST(Reference, NamesAnOperatorThatItLacks) {
  const auto error = error_of(one_node({1}, node("Frobnicate", {"x"}, {"y"})), {floats({1}, {1})});
  EXPECT_EQ(error.code(), Errc::unsupported);
  EXPECT_THAT(error.message(), HasSubstr("Frobnicate"));
}

TEST(Reference, AnOperatorOfAnotherDomainIsNotTakenForItsNamesake) {
  Graph graph = one_node({1}, node("Relu", {"x"}, {"y"}));
  graph.nodes[0].domain = "com.example";
  EXPECT_THAT(error_of(graph, {floats({1}, {1})}).message(), HasSubstr("com.example.Relu"));
}

TEST(Reference, InputsThatDoNotFitAreRefused) {
  const Graph graph = one_node({kBatchDim, 2}, node("Relu", {"x"}, {"y"}));
  EXPECT_EQ(error_of(graph, {}).code(), Errc::invalid_input);
  EXPECT_THAT(error_of(graph, {floats({1, 3}, {1, 2, 3})}).message(), HasSubstr("f32[1,3]"));
  EXPECT_EQ(error_of(graph, {make_tensor(DType::i64, {1, 2})}).code(), Errc::invalid_input);
  Tensor short_bytes = floats({1, 2}, {1, 2});
  short_bytes.bytes.pop_back();
  EXPECT_EQ(error_of(graph, {short_bytes}).code(), Errc::invalid_input);
}

TEST(Reference, InputsMustAgreeOnTheBatch) {
  Graph graph = one_node({kBatchDim, 2}, node("Add", {"x", "z"}, {"y"}));
  graph.inputs.push_back({"z", DType::f32, {kBatchDim, 2}});
  EXPECT_EQ(error_of(graph, {floats({1, 2}, {1, 2}), floats({2, 2}, {1, 2, 3, 4})}).code(),
            Errc::invalid_input);
}

TEST(Reference, TheNumberOfThreadsChangesNoBit) {
  const auto graph = build("tiny");
  const TensorSpec spec{"input", DType::f32, {2, 3, 32, 32}};
  const auto inputs = seeded_inputs(*graph, {&spec, 1}, 1, 0);
  const Tensor one = run_graph(*graph, *inputs, 1);
  for (const int threads : {2, 3, 7}) EXPECT_EQ(run_graph(*graph, *inputs, threads), one);
}

TEST(Reference, ObserversSeeInputsAndValuesInOrder) {
  Graph graph = one_node({2}, node("Relu", {"x"}, {"r"}));
  graph.nodes.push_back(node("Neg", {"r"}, {"y"}));
  std::vector<std::string> seen;
  ReferenceOptions options;
  options.observe = [&](std::string_view name, std::span<const double> values) {
    seen.emplace_back(name);
    EXPECT_EQ(values.size(), 2U);
  };
  const std::vector<Tensor> inputs{floats({2}, {-1, 2})};
  ASSERT_TRUE(run_reference(graph, inputs, options));
  EXPECT_THAT(seen, ElementsAre("x", "r", "y"));
}

TEST(Reference, OutputsMayBeInputsConstantsOrReadTwice) {
  Graph graph = one_node({1}, node("Relu", {"x"}, {"r"}), {{"c", floats({1}, {5})}});
  graph.outputs = {
      {"x", DType::f32, {}}, {"c", DType::f32, {}}, {"r", DType::f32, {}}, {"r", DType::f32, {}}};
  const std::vector<Tensor> inputs{floats({1}, {-3})};
  const auto outputs = run_reference(graph, inputs);
  ASSERT_TRUE(outputs);
  EXPECT_EQ(values_of((*outputs)[0]).at(0), -3);
  EXPECT_EQ(values_of((*outputs)[1]).at(0), 5);
  EXPECT_EQ(values_of((*outputs)[2]).at(0), 0);
  EXPECT_EQ((*outputs)[3], (*outputs)[2]);
}

TEST(Reference, NaNGoesThroughActivationsAndComparisons) {
  for (const char* op : {"Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "HardSwish", "Softplus",
                         "Gelu", "Elu", "Selu", "Celu", "Mish", "Abs", "Sign", "Floor"})
    EXPECT_TRUE(std::isnan(run_floats(floats({1}, {kNaN}), node(op, {"x"}, {"y"})).at(0))) << op;
  EXPECT_TRUE(std::isnan(
      run_floats(floats({2}, {1, kNaN}), node("Max", {"x", "c"}, {"y"}), {{"c", floats({2}, {0, 0})}})
          .at(1)));
  EXPECT_TRUE(std::isnan(
      run_floats(floats({1}, {kNaN}), node("Clip", {"x", "lo"}, {"y"}), {{"lo", floats({}, {0})}}).at(0)));
  EXPECT_TRUE(
      std::isnan(run_floats(floats({1, 1, 2}, {1, kNaN}), node("GlobalMaxPool", {"x"}, {"y"})).at(0)));
  const auto pooled =
      run_floats(floats({1, 1, 3}, {kNaN, 1, 2}), node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", Ints{2}}}));
  EXPECT_TRUE(std::isnan(pooled.at(0)));
  EXPECT_EQ(pooled.at(1), 2);
}

TEST(Reference, ActivationsHaveTheirPublishedValues) {
  const auto at = [](const char* op, float x) {
    return run_floats(floats({1}, {x}), node(op, {"x"}, {"y"})).at(0);
  };
  EXPECT_FLOAT_EQ(at("Gelu", 1), 0.84134475F);
  EXPECT_FLOAT_EQ(at("HardSwish", 1), 4.0F / 6);
  EXPECT_FLOAT_EQ(at("HardSigmoid", 1), 0.7F);
  EXPECT_FLOAT_EQ(at("Softplus", 100), 100);
  EXPECT_FLOAT_EQ(at("Elu", -1), -0.63212056F);
  EXPECT_FLOAT_EQ(at("Selu", -1), -1.1113307F);
  EXPECT_FLOAT_EQ(at("Erf", 0.5F), 0.5204999F);
  EXPECT_FLOAT_EQ(at("LeakyRelu", -1), -0.01F);
  EXPECT_EQ(at("Round", 2.5F), 2);
  EXPECT_EQ(at("Round", 3.5F), 4);
}

TEST(Reference, HalfTypesAreRoundedAfterEachNode) {
  Graph graph = one_node({1}, node("Cast", {"x"}, {"h"}, {{"to", std::int64_t{10}}}));
  graph.nodes.push_back(node("Mul", {"h", "h"}, {"s"}));
  graph.nodes.push_back(node("Cast", {"s"}, {"y"}, {{"to", std::int64_t{1}}}));
  EXPECT_EQ(values_of(run_graph(graph, {floats({1}, {300})})).at(0), kInf);
  EXPECT_EQ(values_of(run_graph(graph, {floats({1}, {1.0009765625F})})).at(0), 1.001953125F);
}

TEST(Reference, IntegersAreExactAndWrap) {
  const Tensor big = tensor_of<std::int64_t>(
      DType::i64, {2}, {(std::int64_t{1} << 53) + 1, std::numeric_limits<std::int64_t>::max()});
  const Tensor sum = run_node(big, node("Add", {"x", "one"}, {"y"}), {{"one", ints({1})}}, 17, DType::i64);
  EXPECT_EQ(sum.as<std::int64_t>()[0], (std::int64_t{1} << 53) + 2);
  EXPECT_EQ(sum.as<std::int64_t>()[1], std::numeric_limits<std::int64_t>::min());
  const Tensor bytes = run_node(tensor_of<std::uint8_t>(DType::u8, {1}, {250}),
                                node("Add", {"x", "x"}, {"y"}), {}, 17, DType::u8);
  EXPECT_EQ(bytes.as<std::uint8_t>()[0], 244);
  const Tensor none =
      run_node(ints({7, -7, 1}), node("Div", {"x", "d"}, {"y"}), {{"d", ints({2, 2, 0})}}, 17, DType::i64);
  EXPECT_THAT(none.as<std::int64_t>(), ElementsAre(3, -3, 0));
}

TEST(Reference, OperandsBroadcastFromTheRight) {
  const auto y = run_floats(floats({2, 1, 2}, {1, 2, 3, 4}), node("Sub", {"x", "c"}, {"y"}),
                            {{"c", floats({2, 1}, {10, 20})}});
  EXPECT_EQ(y, (std::vector<float>{-9, -8, -19, -18, -7, -6, -17, -16}));
}

TEST(Reference, MatMulBroadcastsBatchesAndTakesVectors) {
  const Tensor x = floats({2, 1, 1, 2}, {1, 2, 3, 4});
  const auto y =
      run_floats(x, node("MatMul", {"x", "c"}, {"y"}), {{"c", floats({3, 2, 1}, {1, 0, 0, 1, 1, 1})}});
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3, 3, 4, 7}));
  EXPECT_EQ(run_floats(floats({2}, {1, 2}), node("MatMul", {"x", "c"}, {"y"}), {{"c", floats({2}, {3, 4})}}),
            std::vector<float>{11});
}

TEST(Reference, GemmScalesTransposesAndAddsABroadcastBias) {
  const auto y = run_floats(
      floats({2, 1}, {1, 2}),
      node("Gemm", {"x", "w", "b"}, {"y"},
           {{"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}, {"alpha", 2.0F}, {"beta", 0.5F}}),
      {{"w", floats({3, 2}, {1, 0, 0, 1, 1, 1})}, {"b", floats({1}, {10})}});
  EXPECT_EQ(y, (std::vector<float>{7, 9, 11}));
}

TEST(Reference, NormalisationsFollowTheirDefinition) {
  const auto layer =
      run_floats(floats({1, 2}, {1, 3}), node("LayerNormalization", {"x", "s"}, {"y"}, {{"epsilon", 0.0F}}),
                 {{"s", floats({2}, {2, 4})}});
  EXPECT_EQ(layer, (std::vector<float>{-2, 4}));
  const auto instance = run_floats(floats({1, 2, 2}, {1, 3, 10, 30}),
                                   node("InstanceNormalization", {"x", "s", "b"}, {"y"}, {{"epsilon", 0.0F}}),
                                   {{"s", floats({2}, {1, 2})}, {"b", floats({2}, {0, 1})}});
  EXPECT_EQ(instance, (std::vector<float>{-1, 1, -1, 3}));
  const auto group = run_floats(floats({1, 2, 2}, {1, 1, 3, 3}),
                                node("GroupNormalization", {"x", "s", "b"}, {"y"},
                                     {{"epsilon", 0.0F}, {"num_groups", std::int64_t{1}}}),
                                {{"s", floats({2}, {1, 2})}, {"b", floats({2}, {0, 1})}}, 21);
  EXPECT_EQ(group, (std::vector<float>{-1, -1, 3, 3}));
  const auto response =
      run_floats(floats({1, 3, 1}, {1, 2, 3}),
                 node("LRN", {"x"}, {"y"}, {{"size", std::int64_t{3}}, {"alpha", 3.0F}, {"beta", 1.0F}}));
  EXPECT_EQ(response, (std::vector<float>{1.0F / 6, 2.0F / 15, 3.0F / 14}));
}

TEST(Reference, SoftmaxOfLargeValuesIsFinite) {
  const auto y = run_floats(floats({1, 2}, {1000, 1000}), node("Softmax", {"x"}, {"y"}));
  EXPECT_EQ(y, (std::vector<float>{0.5F, 0.5F}));
  const auto log = run_floats(floats({1, 2}, {1000, 0}), node("LogSoftmax", {"x"}, {"y"}));
  EXPECT_EQ(log, (std::vector<float>{0, -1000}));
}

// Whatever the inputs are, an operator gives values or an error; run under the sanitizers.
TEST(Reference, NoOperatorBreaksOnOddInputs) {
  const std::vector<Shape> shapes{
      {}, {0}, {1}, {3}, {2, 0}, {2, 3}, {1, 2, 3}, {1, 4, 4, 4}, {1, 1, 2, 2, 2}};
  const std::vector<Attributes> attributes{{},
                                           {{"axis", std::int64_t{-1}},
                                            {"axes", Ints{0}},
                                            {"kernel_shape", Ints{2, 2}},
                                            {"to", std::int64_t{6}},
                                            {"size", std::int64_t{2}},
                                            {"perm", Ints{1, 0}},
                                            {"blocksize", std::int64_t{2}},
                                            {"num_groups", std::int64_t{2}},
                                            {"keepdims", std::int64_t{0}}}};
  int ran = 0;
  for (const std::string& op : known_operators())
    for (const DType dtype : {DType::f32, DType::i64, DType::boolean, DType::u8, DType::f16})
      for (const Shape& shape : shapes)
        for (const Attributes& given : attributes)
          for (const std::int64_t opset : {9, 13, 21}) {
            std::vector<std::string> names{"x"};
            for (std::size_t inputs = 1; inputs <= 3; ++inputs, names.emplace_back(inputs == 2 ? "c" : "x")) {
              Graph graph = one_node(shape, node(op, names, {"y", "z"}, given), {{"c", ints({1})}}, opset);
              if (inputs == 1) graph.nodes[0].outputs.pop_back();
              graph.inputs[0].dtype = dtype;
              graph.outputs.clear();
              const std::vector<Tensor> x{make_tensor(dtype, shape)};
              ran += run_reference(graph, x) ? 1 : 0;
            }
          }
  EXPECT_GT(ran, 1000);
}

}  // namespace
}  // namespace deepgap::model

#include "deepgap/model/quantise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "deepgap/model/builders.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/onnx_read.hpp"
#include "deepgap/model/onnx_write.hpp"
#include "deepgap/model/shapes.hpp"
#include "deepgap/model/small_float.hpp"
#include "run.hpp"

namespace deepgap::model {
namespace {

using ::testing::HasSubstr;
using Method = QuantiseOptions::Method;

std::vector<Tensor> pictures(const Graph& graph, std::int64_t count, std::int64_t first) {
  TensorSpec spec{graph.inputs[0].name, DType::f32, graph.inputs[0].shape};
  spec.shape[0] = count;
  return *seeded_inputs(graph, {&spec, 1}, 1, first);
}

std::vector<std::vector<Tensor>> calibration(const Graph& graph, int count = 8) {
  std::vector<std::vector<Tensor>> samples;
  for (int i = 0; i < count; ++i) samples.push_back(pictures(graph, 1, 500'000 + i));
  return samples;
}

Graph folded_tiny() {
  Graph graph = *build("tiny");
  fold_batchnorm(graph);
  return graph;
}

Graph quantised_tiny(Int8Activations scheme, Method method = Method::minmax, double percentile = 99.99) {
  const Graph graph = folded_tiny();
  QuantiseOptions options;
  options.activations = scheme;
  options.method = method;
  options.percentile = percentile;
  auto quantised = quantise(graph, options, calibration(graph));
  EXPECT_TRUE(quantised) << (quantised ? "" : quantised.error().message());
  return *std::move(quantised);
}

double sqnr_db(const Graph& exact, const Graph& quantised) {
  const auto inputs = pictures(exact, 16, 0);
  const auto want = values_of(run_graph(exact, inputs)), got = values_of(run_graph(quantised, inputs));
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double w = static_cast<double>(want[i]), g = static_cast<double>(got[i]);
    signal += w * w;
    noise += (w - g) * (w - g);
  }
  return 10 * std::log10(signal / noise);
}

const Node& producer(const Graph& graph, const std::string& value) {
  const auto it =
      std::ranges::find_if(graph.nodes, [&](const Node& node) { return node.outputs[0] == value; });
  EXPECT_NE(it, graph.nodes.end()) << value;
  return *it;
}

// Folding gives the convolution the output of its normalisation.
const Node& first_convolution(const Graph& graph) { return producer(graph, "bn1"); }

std::size_t count_of(const Graph& graph, std::string_view op) {
  return static_cast<std::size_t>(std::ranges::count(graph.nodes, op, &Node::op));
}

TEST(Quantise, BothSchemesStayCloseToTheFloatNetwork) {
  const Graph exact = folded_tiny();
  EXPECT_GT(sqnr_db(exact, quantised_tiny(Int8Activations::u8)), 28);
  EXPECT_GT(sqnr_db(exact, quantised_tiny(Int8Activations::s8)), 26);
}

TEST(Quantise, APercentileNarrowsTheRanges) {
  const Graph graph = folded_tiny();
  const auto samples = calibration(graph, 2);
  const auto whole = calibrate(graph, samples);
  const auto cut = calibrate(graph, samples, 99);
  ASSERT_TRUE(whole);
  ASSERT_TRUE(cut);
  EXPECT_LT(cut->at("relu").hi, 0.95 * whole->at("relu").hi);
  EXPECT_EQ(whole->at("relu").lo, 0);
  EXPECT_NE(quantised_tiny(Int8Activations::u8, Method::percentile, 99), quantised_tiny(Int8Activations::u8));
  EXPECT_GT(sqnr_db(graph, quantised_tiny(Int8Activations::u8, Method::percentile)), 20);
}

TEST(Quantise, EveryConvolutionReadsIntegersOnBothSides) {
  for (const Int8Activations scheme : {Int8Activations::u8, Int8Activations::s8}) {
    const Graph graph = quantised_tiny(scheme);
    for (const Node& node : graph.nodes) {
      if (node.op != "Conv" && node.op != "Gemm" && node.op != "Add") continue;
      EXPECT_EQ(producer(graph, node.inputs[0]).op, "DequantizeLinear") << node.name;
      EXPECT_EQ(producer(graph, node.inputs[1]).op, "DequantizeLinear") << node.name;
    }
    const Node& first = producer(graph, first_convolution(graph).inputs[0]);
    const Tensor& zero = graph.constants.find(first.inputs[2])->second;
    EXPECT_EQ(zero.dtype, scheme == Int8Activations::u8 ? DType::u8 : DType::i8);
    EXPECT_EQ(zero.bytes[0] == std::byte{0}, scheme == Int8Activations::s8);  // pictures are negative too
  }
}

TEST(Quantise, NothingStandsBetweenAConvolutionAndItsRelu) {
  const Graph graph = quantised_tiny(Int8Activations::u8);
  EXPECT_EQ(first_convolution(graph).op, "Conv");
  EXPECT_EQ(producer(graph, "relu").inputs[0], "bn1");
  EXPECT_EQ(producer(graph, "layer1.0.relu").inputs[0], "layer1.0.add");
}

TEST(Quantise, AValueReadTwiceIsQuantisedOnce) {
  const Graph graph = quantised_tiny(Int8Activations::u8);
  std::set<std::string> quantised;
  for (const Node& node : graph.nodes) {
    if (node.op == "QuantizeLinear") {
      EXPECT_TRUE(quantised.insert(node.inputs[0]).second) << node.inputs[0];
    }
  }
  EXPECT_EQ(producer(graph, "layer1.0.add").inputs[1], producer(graph, "layer1.0.bn1").inputs[0]);
}

TEST(Quantise, WeightsHaveASymmetricScaleForEachChannel) {
  // Channel 1 is a thousand times smaller: with one scale for all, it would be lost.
  const Tensor weight = floats({2, 1, 1, 2}, {127, -63.5F, 0.127F, 0.064F});
  const Graph graph = one_node({1, 1, 1, 2}, node("Conv", {"x", "w"}, {"y"}), {{"w", weight}});
  const std::vector<std::vector<Tensor>> samples{{floats({1, 1, 1, 2}, {-1, 1})}};
  const auto quantised = quantise(graph, {}, samples);
  ASSERT_TRUE(quantised) << quantised.error().message();
  const Node& dequantise = producer(*quantised, producer(*quantised, "y").inputs[1]);
  EXPECT_EQ(dequantise.int_or("axis", -9), 0);
  const Tensor& integers = quantised->constants.find(dequantise.inputs[0])->second;
  EXPECT_THAT(integers.as<std::int8_t>(), ::testing::ElementsAre(127, -64, 127, 64));
  const Tensor& scales = quantised->constants.find(dequantise.inputs[1])->second;
  EXPECT_FLOAT_EQ(scales.as<float>()[0], 1);
  EXPECT_FLOAT_EQ(scales.as<float>()[1], 0.001F);
  EXPECT_FALSE(quantised->constants.contains("w"));
}

TEST(Quantise, TheChannelAxisOfAMatrixFollowsItsLayout) {
  const auto axis_of = [](Node matrix, Shape weight) {
    const Graph graph =
        one_node({1, 3}, std::move(matrix), {{"w", floats(std::move(weight), {1, 2, 3, 4, 5, 6})}});
    const auto quantised = quantise(graph, {}, std::vector<std::vector<Tensor>>{{floats({1, 3}, {1, 2, 3})}});
    EXPECT_TRUE(quantised);
    return producer(*quantised, producer(*quantised, "y").inputs[1]).int_or("axis", -9);
  };
  EXPECT_EQ(axis_of(node("Gemm", {"x", "w"}, {"y"}, {{"transB", std::int64_t{1}}}), {2, 3}), 0);
  EXPECT_EQ(axis_of(node("Gemm", {"x", "w"}, {"y"}), {3, 2}), 1);
  EXPECT_EQ(axis_of(node("MatMul", {"x", "w"}, {"y"}), {3, 2}), 1);
}

TEST(Quantise, ZeroIsExactInBothSchemes) {
  // An input that is never near zero must still represent the zeros of padding.
  const Graph graph = one_node({1, 1, 3, 3}, node("Conv", {"x", "w"}, {"y"}, {{"pads", Ints{1, 1, 1, 1}}}),
                               {{"w", floats({1, 1, 1, 1}, {1})}});
  const std::vector<std::vector<Tensor>> samples{{floats({1, 1, 3, 3}, {5, 6, 7, 8, 9, 10, 5, 5, 5})}};
  for (const Int8Activations scheme : {Int8Activations::u8, Int8Activations::s8}) {
    QuantiseOptions options;
    options.activations = scheme;
    const auto quantised = quantise(graph, options, samples);
    ASSERT_TRUE(quantised);
    const auto y = values_of(run_graph(*quantised, samples[0]));
    EXPECT_EQ(y[0], 0);
    EXPECT_NEAR(y[6], 5, 0.05);
  }
}

TEST(Quantise, MaxPoolKeepsTheScaleOfItsInput) {
  Graph graph = one_node({1, 1, 4, 4}, node("Conv", {"x", "w"}, {"c"}), {{"w", floats({1, 1, 1, 1}, {1})}});
  graph.nodes.push_back(node("MaxPool", {"c"}, {"p"}, {{"kernel_shape", Ints{2, 2}}}));
  graph.nodes.push_back(node("Conv", {"p", "w"}, {"y"}));
  const auto quantised = quantise(
      graph, {}, std::vector<std::vector<Tensor>>{{floats({1, 1, 4, 4}, std::vector<float>(16, 3))}});
  ASSERT_TRUE(quantised);
  const Node& before = producer(*quantised, producer(*quantised, "p").inputs[0]);
  const Node& after = producer(*quantised, producer(*quantised, "y").inputs[0]);
  EXPECT_EQ(quantised->constants.find(before.inputs[1])->second,
            quantised->constants.find(after.inputs[1])->second);
}

TEST(Quantise, BiasesAndOutputsStayFloat) {
  const Graph graph = quantised_tiny(Int8Activations::u8);
  EXPECT_EQ(graph.outputs, folded_tiny().outputs);
  EXPECT_TRUE(graph.constants.contains("fc.bias"));
  EXPECT_FALSE(graph.constants.contains("fc.weight"));
}

TEST(Quantise, NamesThatAreTakenAreAvoided) {
  Graph graph = one_node({1, 1, 1, 1}, node("Conv", {"x", "w"}, {"x/quantised"}),
                         {{"w", floats({1, 1, 1, 1}, {1})}, {"x/scale", floats({1}, {2})}});
  graph.nodes.push_back(node("Add", {"x/quantised", "x/scale"}, {"y"}));
  const std::vector<std::vector<Tensor>> samples{{floats({1, 1, 1, 1}, {3})}};
  const auto quantised = quantise(graph, {}, samples);
  ASSERT_TRUE(quantised);
  EXPECT_NEAR(values_of(run_graph(*quantised, samples[0])).at(0), 5, 0.02);
}

TEST(Quantise, TheResultIsAValidOnnxFileThatReadsBackTheSame) {
  const Graph graph = quantised_tiny(Int8Activations::s8);
  ASSERT_TRUE(infer_shapes(graph, 3));
  const auto bytes = write_onnx(graph);
  ASSERT_TRUE(bytes);
  const auto again = read_onnx(*bytes);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again, graph);
}

Graph e4m3_tiny() {
  const Graph graph = folded_tiny();
  QuantiseOptions options;
  options.format = QuantiseOptions::Format::e4m3;
  return *quantise(graph, options, calibration(graph));
}

TEST(Quantise, ToE4m3StaysCloseToTheFloatNetworkAndIsAValidFile) {
  const Graph graph = e4m3_tiny();
  EXPECT_GT(sqnr_db(folded_tiny(), graph), 20);
  EXPECT_EQ(graph.opset, 19);
  const auto again = read_onnx(*write_onnx(graph));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again, graph);
}

TEST(Quantise, ToE4m3UsesItsWholeRangeForEveryChannel) {
  const Graph graph = e4m3_tiny();
  for (const auto& [name, tensor] : graph.constants) {
    if (tensor.dtype != DType::f8e4m3 || tensor.shape.size() != 4) continue;
    const auto bits = tensor.as<std::uint8_t>();
    const std::size_t inner = bits.size() / static_cast<std::size_t>(tensor.shape[0]);
    for (std::size_t from = 0; from < bits.size(); from += inner) {
      double largest = 0;
      for (std::size_t i = from; i < from + inner; ++i)
        largest = std::max(largest, std::abs(from_f8e4m3(bits[i])));
      EXPECT_EQ(largest, 448) << name;
    }
  }
}

TEST(Quantise, ToE4m3RefusesAnOperatorThatTheOpsetWouldChange) {
  Graph graph = folded_tiny();
  graph.nodes.back().op = "ReduceMean";
  QuantiseOptions options;
  options.format = QuantiseOptions::Format::e4m3;
  const auto result = quantise(graph, options, Ranges{});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Errc::unsupported);
  EXPECT_THAT(result.error().message(), HasSubstr("ReduceMean"));
}

TEST(Quantise, TheSameOptionsGiveTheSameNetwork) {
  EXPECT_EQ(quantised_tiny(Int8Activations::u8), quantised_tiny(Int8Activations::u8));
}

TEST(Quantise, WhatCannotBeQuantisedSaysWhy) {
  const auto why = [](const Graph& graph) {
    const auto result = quantise(graph, {}, Ranges{});
    EXPECT_FALSE(result);
    return result ? Error{Errc::internal, ""} : result.error();
  };
  const Graph relu = one_node({1}, node("Relu", {"x"}, {"y"}));
  EXPECT_THAT(why(relu).message(), HasSubstr("nothing"));
  EXPECT_EQ(why(relu).code(), Errc::unsupported);
  Graph old = folded_tiny();
  old.opset = 11;
  EXPECT_THAT(why(old).message(), HasSubstr("opset 11"));
  EXPECT_THAT(why(quantised_tiny(Int8Activations::u8)).message(), HasSubstr("already"));
  EXPECT_EQ(why(folded_tiny()).code(), Errc::invalid_input);  // no ranges
}

TEST(Quantise, ConstantInputsAndZeroWeightsDoNotDivideByZero) {
  const Graph graph =
      one_node({1, 1, 1, 2}, node("Conv", {"x", "w"}, {"y"}), {{"w", floats({1, 1, 1, 1}, {0})}});
  const std::vector<std::vector<Tensor>> samples{{floats({1, 1, 1, 2}, {0, 0})}};
  const auto quantised = quantise(graph, {}, samples);
  ASSERT_TRUE(quantised);
  EXPECT_EQ(values_of(run_graph(*quantised, samples[0])), (std::vector<float>{0, 0}));
}

TEST(Quantise, AttentionAndElementwiseArithmeticStayFloat) {
  Graph graph = one_node({1, 2, 2}, node("MatMul", {"x", "x"}, {"m"}), {{"w", floats({2, 2}, {1, 0, 0, 1})}});
  graph.nodes.push_back(node("Mul", {"m", "m"}, {"s"}));
  graph.nodes.push_back(node("MatMul", {"s", "w"}, {"y"}));
  const auto quantised =
      quantise(graph, {}, std::vector<std::vector<Tensor>>{{floats({1, 2, 2}, {1, 2, 3, 4})}});
  ASSERT_TRUE(quantised);
  EXPECT_EQ(count_of(*quantised, "QuantizeLinear"), 1U);
  EXPECT_EQ(producer(*quantised, "m").inputs, (std::vector<std::string>{"x", "x"}));
}

TEST(Calibrate, NeedsSamplesAndASensiblePercentile) {
  const Graph graph = folded_tiny();
  EXPECT_EQ(calibrate(graph, {}).error().code(), Errc::invalid_input);
  EXPECT_EQ(calibrate(graph, calibration(graph, 1), 0).error().code(), Errc::invalid_input);
  EXPECT_EQ(calibrate(graph, calibration(graph, 1), 100.1).error().code(), Errc::invalid_input);
}

TEST(Calibrate, LeavesOutWhatIsNotFinite) {
  const Graph graph = one_node({3}, node("Relu", {"x"}, {"y"}));
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<std::vector<Tensor>> samples{{floats({3}, {-2, inf, std::nanf("")})}};
  const auto ranges = calibrate(graph, samples);
  ASSERT_TRUE(ranges);
  EXPECT_EQ(ranges->at("x"), (Range{-2, -2}));
}

TEST(MagnitudeHistogram, FindsPercentilesAcrossManyOrdersOfMagnitude) {
  MagnitudeHistogram histogram;
  EXPECT_EQ(histogram.percentile(99), 0);
  std::vector<double> values;
  for (int i = 1; i <= 1000; ++i) values.push_back(i % 2 == 0 ? i : -i);
  histogram.add(values);
  EXPECT_NEAR(histogram.percentile(50), 500, 1);
  EXPECT_NEAR(histogram.percentile(99), 990, 1);
  const double far[] = {1e6};
  histogram.add(far);
  EXPECT_NEAR(histogram.percentile(50), 500, 260);  // bins have grown to 250
  EXPECT_GE(histogram.percentile(100), 1e6);
}

TEST(MagnitudeHistogram, TakesZerosAndTheSmallestAndLargestNumbers) {
  MagnitudeHistogram histogram;
  const double values[] = {0, 0, std::numeric_limits<double>::denorm_min(), std::nan("")};
  histogram.add(values);
  const double huge[] = {1e300, 0};
  histogram.add(huge);
  EXPECT_GE(histogram.percentile(100), 1e300);
}

}  // namespace
}  // namespace deepgap::model

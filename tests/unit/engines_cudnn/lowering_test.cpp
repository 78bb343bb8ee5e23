#include <gmock/gmock.h>

#include "deepgap/model/builders.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/quantise.hpp"
#include "networks.hpp"

namespace deepgap::engines::cudnn {
namespace {

using ::testing::HasSubstr;

Network lowered(const model::Graph& graph, Precision precision = Precision::fp32) {
  auto network = lower(graph, {precision, 2});
  if (!network) throw std::runtime_error{network.error().message()};
  return *std::move(network);
}

std::string refusal(const model::Graph& graph) {
  const auto network = lower(graph, {Precision::fp32, 2});
  if (network) return "";
  EXPECT_EQ(network.error().code(), Errc::unsupported);
  return network.error().message();
}

model::Graph built(std::string_view name) {
  auto graph = *model::build(name);
  model::fold_batchnorm(graph);
  return graph;
}

model::Graph quantised(std::string_view name,
                       model::QuantiseOptions::Format format = model::QuantiseOptions::Format::int8) {
  const model::Graph graph = built(name);
  std::vector<std::vector<Tensor>> samples;
  TensorSpec spec{graph.inputs[0].name, DType::f32, graph.inputs[0].shape};
  spec.shape[0] = 1;
  samples.push_back(*model::seeded_inputs(graph, std::vector{spec}, 3, 0));
  model::QuantiseOptions options;
  options.activations = Int8Activations::s8;
  options.format = format;
  return *model::quantise(graph, options, samples);
}

TEST(Lowering, KeepsTheResultsOfTheSmallResnetInEveryFloatPrecision) {
  EXPECT_LT(distance_of(built("tiny"), {Precision::fp32, 3}), 1e-6);
  EXPECT_LT(distance_of(built("tiny"), {Precision::fp16, 2}), 2e-3);
  EXPECT_LT(distance_of(built("tiny"), {Precision::bf16, 2}), 2e-2);
}

TEST(Lowering, FoldsBatchNormsThatTheFileStillHas) {
  EXPECT_LT(distance_of(*model::build("tiny"), {Precision::fp32, 1}), 1e-5);
}

TEST(Lowering, MakesOneStepOfAConvolutionAndAllThatFollows) {
  const Network network = lowered(built("resnet50"));
  EXPECT_EQ(count_of<ConvStep>(network), 54U);  // 53 and the classifier
  EXPECT_EQ(count_of<AddStep>(network) + count_of<ConvertStep>(network), 0U);
  EXPECT_EQ(network.steps.size(), 54U + 4U);  // input, max-pool, average, output
  std::size_t residuals = 0, clamps = 0;
  for (const Step& step : network.steps)
    if (const auto* conv = std::get_if<ConvStep>(&step)) {
      residuals += conv->residual ? 1U : 0U;
      clamps += conv->clamp ? 1U : 0U;
    }
  EXPECT_EQ(residuals, 16U);
  EXPECT_EQ(clamps, 49U);
}

TEST(Lowering, RunsTheQuantisedResnetInIntegersFromEndToEnd) {
  const Network network = lowered(quantised("tiny"), Precision::int8);
  EXPECT_EQ(count_of<ConvertStep>(network), 0U);
  EXPECT_EQ(count_of<AddStep>(network), 0U);
  for (const Step& step : network.steps)
    if (const auto* conv = std::get_if<ConvStep>(&step)) {
      EXPECT_EQ(network.tensors[conv->in].dtype, DType::i8) << conv->name;
      EXPECT_EQ(network.weights[conv->weights].values.dtype, DType::i8) << conv->name;
    }
}

// The sum of a block is made before its parts are rounded, so a step of the quantiser may be off.
TEST(Lowering, IsCloseToTheQuantisedResnet) {
  EXPECT_LT(distance_of(quantised("tiny"), {Precision::int8, 2}), 0.03);
}

TEST(Lowering, RunsTheResnetInE4m3FromEndToEnd) {
  const model::Graph graph = quantised("tiny", model::QuantiseOptions::Format::e4m3);
  const Network network = lowered(graph, Precision::fp8);
  EXPECT_EQ(count_of<ConvertStep>(network) + count_of<AddStep>(network), 0U);
  for (const Step& step : network.steps)
    if (const auto* conv = std::get_if<ConvStep>(&step)) {
      EXPECT_EQ(network.tensors[conv->in].dtype, DType::f8e4m3) << conv->name;
    }
  EXPECT_LT(distance_of(graph, {Precision::fp8, 2}), 0.08);  // a step of e4m3 is a sixteenth
}

TEST(Lowering, RoundsAsTheQuantisedNetworkDoesWhereNothingIsAdded) {
  GraphMaker g{{2, 5, 6, 6}};
  const auto first =
      g.quantised(g.node("Relu", {g.conv_int8(g.quantised("x", 0.02F), {7, 5, 3, 3}, {1, 1, 1, 1})}), 0.05F);
  const auto pooled = g.node("MaxPool", {first}, {{"kernel_shape", std::vector<std::int64_t>{2, 2}}});
  const auto y = g.conv_int8(g.quantised(pooled, 0.05F), {4, 7, 1, 1});
  const auto graph = g.finish({y});
  EXPECT_LT(distance_of(graph, {Precision::int8, 2}), 1e-6);
  const Network network = lowered(graph, Precision::int8);
  EXPECT_EQ(count_of<ConvertStep>(network), 0U);
}

TEST(Lowering, RunsAnUnquantisedPartOfAQuantisedNetworkInFloats) {
  GraphMaker g{{2, 3, 6, 6}};
  const auto a = g.conv_int8(g.quantised("x", 0.02F), {4, 3, 3, 3});
  const auto graph = g.finish({g.conv(g.quantised(a, 0.1F), {5, 4, 1, 1})});
  EXPECT_LT(distance_of(graph, {Precision::int8, 2}), 1e-6);
}

TEST(Lowering, AddsAResidualOnlyWhereItIsThereAlready) {
  GraphMaker g{{2, 8, 4, 4}};
  const auto a = g.conv("x", {8, 8, 1, 1}), b = g.conv("x", {8, 8, 3, 3}, {1, 1}, {1, 1, 1, 1});
  const auto graph = g.finish({g.node("Relu", {g.node("Add", {a, b})})});
  EXPECT_LT(distance_of(graph, {Precision::fp32, 2}), 1e-6);
  EXPECT_EQ(count_of<AddStep>(lowered(graph)), 0U);
}

TEST(Lowering, KeepsAValueThatSomebodyElseReads) {
  GraphMaker g{{2, 4, 4, 4}};
  const auto a = g.conv("x", {4, 4, 1, 1});
  const auto b = g.node("Relu", {a});
  const auto graph = g.finish({g.node("Add", {a, b}), a});
  EXPECT_LT(distance_of(graph, {Precision::fp32, 2}), 1e-6);
}

TEST(Lowering, TakesDepthwiseConvolutionsClipAndAsymmetricPads) {
  GraphMaker g{{2, 3, 9, 9}};
  const auto lo = g.scalar(0), hi = g.scalar(6);
  const auto stem = g.node("Clip", {g.conv("x", {12, 3, 3, 3}, {2, 2}, {0, 0, 1, 1}), lo, hi});
  const auto depth = g.node("Clip", {g.conv(stem, {12, 1, 3, 3}, {2, 2}, {0, 0, 1, 1}, 12), lo, hi});
  const auto graph = g.finish({g.conv(depth, {8, 12, 1, 1})});
  EXPECT_LT(distance_of(graph, {Precision::fp32, 2}), 1e-6);
  EXPECT_EQ(count_of<ConvertStep>(lowered(graph)), 0U);
}

TEST(Lowering, ReadsAFlattenedImageInTheOrderOfTheFile) {
  GraphMaker g{{2, 6, 3, 2}};
  const auto flat = g.node("Flatten", {g.node("Relu", {"x"})});
  const auto graph = g.finish({g.gemm(g.node("Relu", {g.gemm(flat, 36, 10)}), 10, 5), flat});
  EXPECT_LT(distance_of(graph, {Precision::fp32, 2}), 1e-6);
}

TEST(Lowering, TakesMatMulWithABiasBehindIt) {
  GraphMaker g{{2, 6, 1, 1}};
  const auto flat = g.node("Flatten", {"x"});
  const auto product = g.node("MatMul", {flat, g.constant({6, 4})});
  const auto graph = g.finish({g.node("Add", {product, g.constant({4})})});
  EXPECT_LT(distance_of(graph, {Precision::fp32, 2}), 1e-6);
}

TEST(Lowering, JoinsChannels) {
  GraphMaker g{{2, 4, 3, 3}};
  const auto a = g.conv("x", {8, 4, 1, 1}), b = g.node("Relu", {g.conv("x", {3, 4, 1, 1})});
  const auto graph = g.finish({g.node("Concat", {a, b}, {{"axis", std::int64_t{1}}})});
  EXPECT_LT(distance_of(graph, {Precision::fp32, 2}), 1e-6);
}

TEST(Lowering, AveragesWindowsAndImages) {
  GraphMaker g{{2, 4, 7, 7}};
  const auto a = g.node("AveragePool", {"x"},
                        {{"kernel_shape", std::vector<std::int64_t>{3, 3}},
                         {"strides", std::vector<std::int64_t>{2, 2}},
                         {"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  const auto graph = g.finish({g.node("GlobalAveragePool", {a}), a});
  EXPECT_LT(distance_of(graph, {Precision::fp32, 2}), 1e-6);
}

TEST(Lowering, StoresE4m3WhereTheNetworkSaysSo) {
  GraphMaker g{{2, 4, 4, 4}};
  const auto graph = g.finish({g.node("Relu", {g.quantised("x", 0.5F, DType::f8e4m3)})});
  EXPECT_LT(distance_of(graph, {Precision::fp8, 2}), 1e-6);
  EXPECT_EQ(lowered(graph, Precision::fp8).tensors.front().dtype, DType::f8e4m3);
}

TEST(Lowering, NamesTheOperatorItLacks) {
  GraphMaker g{{2, 4, 4, 4}};
  EXPECT_THAT(refusal(g.finish({g.node("Softmax", {"x"})})), HasSubstr("Softmax"));
}

TEST(Lowering, NamesTheUseItLacks) {
  GraphMaker concat{{2, 4, 4, 4}};
  EXPECT_THAT(refusal(concat.finish({concat.node("Concat", {"x", "x"}, {{"axis", std::int64_t{2}}})})),
              HasSubstr("channels only"));
  GraphMaker pool{{2, 4, 4, 4}};
  EXPECT_THAT(refusal(pool.finish({pool.node("MaxPool", {"x"},
                                             {{"kernel_shape", std::vector<std::int64_t>{2, 2}},
                                              {"dilations", std::vector<std::int64_t>{2, 2}}})})),
              HasSubstr("dilation"));
  GraphMaker line{{2, 4, 4}};
  EXPECT_THAT(refusal(line.finish({line.node("Relu", {"x"})})), HasSubstr("networks for images"));
}

TEST(Lowering, RefusesActivationsWithAZeroPoint) {
  model::QuantiseOptions options;
  const model::Graph graph = built("tiny");
  TensorSpec spec{graph.inputs[0].name, DType::f32, graph.inputs[0].shape};
  spec.shape[0] = 1;
  const std::vector<std::vector<Tensor>> samples{*model::seeded_inputs(graph, std::vector{spec}, 3, 0)};
  EXPECT_THAT(refusal(*model::quantise(graph, options, samples)), HasSubstr("zero point 0"));
}

}  // namespace
}  // namespace deepgap::engines::cudnn

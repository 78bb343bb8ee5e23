#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "deepgap/core/hash.hpp"
#include "deepgap/model/builders.hpp"
#include "deepgap/model/cost.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/random.hpp"
#include "deepgap/model/reference.hpp"
#include "deepgap/model/shapes.hpp"

namespace deepgap::model {
namespace {

std::string weights_hash(const Graph& graph) {
  Hasher hasher;
  for (const auto& [name, tensor] : graph.constants) hasher.add(name).add(tensor.bytes);
  return hasher.hex();
}

std::vector<float> logits(const Graph& graph, std::int64_t samples, std::int64_t first = 0) {
  TensorSpec spec{"input", DType::f32, graph.inputs[0].shape};
  spec.shape[0] = samples;
  const auto inputs = seeded_inputs(graph, {&spec, 1}, 1, first);
  EXPECT_TRUE(inputs);
  const auto outputs = run_reference(graph, *inputs);
  EXPECT_TRUE(outputs);
  const auto values = outputs->front().as<float>();
  return {values.begin(), values.end()};
}

TEST(Builders, ResNet18IsTorchvisions) {
  const auto graph = build("resnet18");
  EXPECT_EQ(graph->parameter_count(), 11'689'512);
  EXPECT_NEAR(cost(*graph, 1)->macs / 1e9, 1.814, 0.001);
  const auto specs = infer_shapes(*graph, 5);
  ASSERT_TRUE(specs);
  EXPECT_EQ(specs->at("input").shape, (Shape{5, 3, 224, 224}));
  EXPECT_EQ(specs->at("layer4.1.relu").shape, (Shape{5, 512, 7, 7}));
  EXPECT_EQ(specs->at("logits").shape, (Shape{5, 1000}));
}

TEST(Builders, ResNet50IsTorchvisionsWithTheStrideOnTheMiddleConvolution) {
  const auto graph = build("resnet50");
  EXPECT_EQ(graph->parameter_count(), 25'557'032);
  EXPECT_NEAR(cost(*graph, 1)->macs / 1e9, 4.089, 0.001);
  const auto strides = [&](std::string_view name) {
    return std::ranges::find(graph->nodes, name, &Node::name)->ints_or("strides", {});
  };
  EXPECT_EQ(strides("layer2.0.conv1"), (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(strides("layer2.0.conv2"), (std::vector<std::int64_t>{2, 2}));
}

TEST(Builders, TheDeepNetworksHaveTorchvisionsParametersToo) {
#ifdef DEEPGAP_SANITIZED
  GTEST_SKIP() << "the same code as the smaller networks, for minutes";
#endif
  EXPECT_EQ(build("resnet34")->parameter_count(), 21'797'672);
  EXPECT_EQ(build("resnet101")->parameter_count(), 44'549'160);
  EXPECT_EQ(build("resnet152")->parameter_count(), 60'192'808);
}

// Pinned: other bits on another machine or compiler would make results incomparable.
TEST(Builders, WeightsHaveTheSameBitsEverywhere) {
  EXPECT_EQ(weights_hash(*build("tiny")), "a6ef3e3ecd73d5ff3ba09e7147589042");
  EXPECT_EQ(weights_hash(*build("resnet18")), "a34b725534ba16bef056003403e71304");
}

TEST(Builders, AnotherSeedGivesOtherWeights) {
  EXPECT_EQ(*build("tiny", 7), *build("tiny", 7));
  EXPECT_NE(weights_hash(*build("tiny", 7)), weights_hash(*build("tiny", 8)));
}

TEST(Builders, EveryListedNameIsBuiltAndTheSimilarOneIsSuggested) {
  EXPECT_EQ(builtin_models(),
            (std::vector<std::string>{"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "tiny"}));
  const auto wrong = build("resnet5");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), Errc::invalid_input);
  EXPECT_NE(wrong.error().message().find("did you mean 'resnet50'"), std::string::npos)
      << wrong.error().message();
  EXPECT_NE(wrong.error().message().find("resnet152"), std::string::npos);
}

TEST(Builders, FoldingTakesEveryNormalisationAndChangesNothing) {
  auto graph = build("tiny");
  const auto before = logits(*graph, 3);
  EXPECT_EQ(fold_batchnorm(*graph), 6U);
  const auto after = logits(*graph, 3);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1e-4);
}

TEST(Builders, PicturesFallIntoDifferentClasses) {
  const auto graph = build("tiny");
  const auto values = logits(*graph, 24);
  std::set<std::size_t> classes;
  for (std::size_t i = 0; i < 24; ++i) {
    const auto* row = values.data() + i * 10;
    classes.insert(static_cast<std::size_t>(std::max_element(row, row + 10) - row));
  }
  EXPECT_GE(classes.size(), 4U);
}

TEST(Random, IsTheSameSequenceEverywhere) {
  Random random{1, "conv1.weight"};
  EXPECT_EQ(random.next(), 7528341150798233369U);
  Random other{1, "conv1.weight", 1};
  EXPECT_NE(other.next(), Random(1, "conv1.weight").next());
}

TEST(Random, NormalsHaveMeanZeroAndVarianceOne) {
  Random random{3, "normals"};
  double sum = 0, squares = 0;
  constexpr int kCount = 100'000;
  for (int i = 0; i < kCount; ++i) {
    const double v = random.normal();
    sum += v;
    squares += v * v;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.02);
  EXPECT_NEAR(squares / kCount, 1, 0.03);
}

TEST(Random, BelowStaysBelow) {
  Random random{3, "below"};
  for (int i = 0; i < 1000; ++i) {
    const auto v = random.below(3);
    EXPECT_GE(v, 0);
    EXPECT_LT(v, 3);
  }
}

}  // namespace
}  // namespace deepgap::model

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "run.hpp"

namespace deepgap::model {
namespace {

using Floats = std::vector<float>;

Tensor counting(Shape shape) {
  Tensor tensor = make_tensor(DType::f32, std::move(shape));
  std::iota(tensor.as<float>().begin(), tensor.as<float>().end(), 0.0F);
  return tensor;
}

TEST(ReferenceLayout, TransposeFollowsPermAndReversesWithoutIt) {
  EXPECT_EQ(run_floats(counting({2, 3}), node("Transpose", {"x"}, {"y"})), (Floats{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(run_floats(counting({2, 1, 3}), node("Transpose", {"x"}, {"y"}, {{"perm", Ints{1, 2, 0}}})),
            (Floats{0, 3, 1, 4, 2, 5}));
}

TEST(ReferenceLayout, SliceTakesNegativeStepsAndClampsItsEnds) {
  const auto slice = [](std::int64_t start, std::int64_t end, std::int64_t step) {
    return run_floats(counting({6}), node("Slice", {"x", "s", "e", "a", "t"}, {"y"}),
                      {{"s", ints({start})}, {"e", ints({end})}, {"a", ints({0})}, {"t", ints({step})}});
  };
  EXPECT_EQ(slice(1, 100, 2), (Floats{1, 3, 5}));
  EXPECT_EQ(slice(-1, -100, -2), (Floats{5, 3, 1}));
  EXPECT_EQ(slice(-2, 6, 1), (Floats{4, 5}));
  EXPECT_EQ(slice(0, 6, std::int64_t{1} << 62), (Floats{0}));
  EXPECT_EQ(slice(4, 2, 1), Floats{});
}

TEST(ReferenceLayout, OldSliceReadsItsAttributes) {
  EXPECT_EQ(
      run_floats(counting({2, 3}),
                 node("Slice", {"x"}, {"y"}, {{"starts", Ints{1}}, {"ends", Ints{3}}, {"axes", Ints{1}}}), {},
                 9),
      (Floats{1, 2, 4, 5}));
}

TEST(ReferenceLayout, ConcatAndSplitAreInverse) {
  Graph graph = one_node({2, 5}, node("Split", {"x", "sizes"}, {"a", "", "b"}, {{"axis", std::int64_t{1}}}),
                         {{"sizes", ints({2, 1, 2})}});
  graph.nodes.push_back(node("Concat", {"b", "a"}, {"y"}, {{"axis", std::int64_t{-1}}}));
  EXPECT_EQ(values_of(run_graph(graph, {counting({2, 5})})), (Floats{3, 4, 0, 1, 8, 9, 5, 6}));
}

TEST(ReferenceLayout, SplitWithoutSizesMakesTheLastPieceSmaller) {
  Graph graph = one_node({5}, node("Split", {"x"}, {"a", "b"}, {{"num_outputs", std::int64_t{2}}}), {}, 18);
  graph.outputs = {{"b", DType::f32, {}}};
  EXPECT_EQ(values_of(run_graph(graph, {counting({5})})), (Floats{3, 4}));
}

TEST(ReferenceLayout, GatherCountsNegativeIndicesFromTheEnd) {
  EXPECT_EQ(run_floats(counting({3, 2}), node("Gather", {"x", "i"}, {"y"}), {{"i", ints({-1, 0})}}),
            (Floats{4, 5, 0, 1}));
  EXPECT_EQ(run_floats(counting({2, 3}), node("Gather", {"x", "i"}, {"y"}, {{"axis", std::int64_t{1}}}),
                       {{"i", ints({2})}}),
            (Floats{2, 5}));
}

TEST(ReferenceLayout, AnIndexOutsideTheTableIsAnErrorNotAClamp) {
  Graph graph = one_node({1}, node("Gather", {"t", "x"}, {"y"}), {{"t", counting({3})}});
  graph.inputs[0].dtype = DType::i64;
  const std::vector<Tensor> inputs{ints({3})};
  const auto outputs = run_reference(graph, inputs);
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().code(), Errc::invalid_input);
  EXPECT_THAT(outputs.error().message(), ::testing::HasSubstr("index 3"));
}

TEST(ReferenceLayout, PadKnowsItsFourModes) {
  const auto pad = [](const char* mode) {
    return run_floats(counting({3}), node("Pad", {"x", "p", "v"}, {"y"}, {{"mode", std::string{mode}}}),
                      {{"p", ints({2, 1})}, {"v", floats({}, {9})}}, 19);
  };
  EXPECT_EQ(pad("constant"), (Floats{9, 9, 0, 1, 2, 9}));
  EXPECT_EQ(pad("edge"), (Floats{0, 0, 0, 1, 2, 2}));
  EXPECT_EQ(pad("reflect"), (Floats{2, 1, 0, 1, 2, 1}));
  EXPECT_EQ(pad("wrap"), (Floats{1, 2, 0, 1, 2, 0}));
}

TEST(ReferenceLayout, NegativePadsCutAndOldPadsAreAttributes) {
  EXPECT_EQ(run_floats(counting({4}), node("Pad", {"x", "p"}, {"y"}), {{"p", ints({-1, 1})}}),
            (Floats{1, 2, 3, 0}));
  EXPECT_EQ(
      run_floats(counting({2}), node("Pad", {"x"}, {"y"}, {{"pads", Ints{1, 0}}, {"value", 7.0F}}), {}, 9),
      (Floats{7, 0, 1}));
}

TEST(ReferenceLayout, TileAndExpandRepeat) {
  EXPECT_EQ(run_floats(counting({1, 2}), node("Tile", {"x", "r"}, {"y"}), {{"r", ints({2, 2})}}),
            (Floats{0, 1, 0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(run_floats(counting({2, 1}), node("Expand", {"x", "s"}, {"y"}), {{"s", ints({2})}}),
            (Floats{0, 0, 1, 1}));
}

TEST(ReferenceLayout, DepthGoesToSpaceInBothOrdersAndBack) {
  const auto mode = [](const char* order) {
    return run_floats(
        counting({1, 8, 1, 1}),
        node("DepthToSpace", {"x"}, {"y"}, {{"blocksize", std::int64_t{2}}, {"mode", std::string{order}}}));
  };
  EXPECT_EQ(mode("DCR"), (Floats{0, 2, 4, 6, 1, 3, 5, 7}));
  EXPECT_EQ(mode("CRD"), (Floats{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(run_floats(counting({1, 1, 2, 2}),
                       node("SpaceToDepth", {"x"}, {"y"}, {{"blocksize", std::int64_t{2}}})),
            (Floats{0, 1, 2, 3}));
}

TEST(ReferenceLayout, ReductionsReadAxesWhereTheirOpsetKeepsThem) {
  const Tensor x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(run_floats(x, node("ReduceSum", {"x", "a"}, {"y"}), {{"a", ints({1})}}), (Floats{6, 15}));
  EXPECT_EQ(run_floats(x, node("ReduceMean", {"x"}, {"y"}, {{"axes", Ints{0}}})), (Floats{2.5F, 3.5F, 4.5F}));
  EXPECT_EQ(run_floats(x, node("ReduceMax", {"x", "a"}, {"y"}), {{"a", ints({-1})}}, 18), (Floats{3, 6}));
  EXPECT_EQ(run_floats(x, node("ReduceProd", {"x"}, {"y"})), (Floats{720}));
  EXPECT_EQ(run_floats(floats({2}, {3, -4}), node("ReduceL2", {"x"}, {"y"})), (Floats{5}));
  EXPECT_EQ(run_floats(floats({2}, {3, -4}), node("ReduceL1", {"x"}, {"y"})), (Floats{7}));
  EXPECT_EQ(run_floats(x, node("ReduceSum", {"x"}, {"y"}, {{"noop_with_empty_axes", std::int64_t{1}}})),
            values_of(x));
}

TEST(ReferenceLayout, ArgMaxTakesTheFirstOrTheLastOfEquals) {
  const Tensor x = floats({1, 4}, {1, 7, 7, 2});
  const auto arg = [&](const char* op, Attributes attributes) {
    attributes["axis"] = std::int64_t{1};
    return run_node(x, node(op, {"x"}, {"y"}, std::move(attributes)), {}, 17, DType::i64)
        .as<std::int64_t>()[0];
  };
  EXPECT_EQ(arg("ArgMax", {}), 1);
  EXPECT_EQ(arg("ArgMax", {{"select_last_index", std::int64_t{1}}}), 2);
  EXPECT_EQ(arg("ArgMin", {}), 0);
}

TEST(ReferenceLayout, TopKIsSortedAndMayGiveItsIndicesOnly) {
  Graph graph = one_node({4}, node("TopK", {"x", "k"}, {"", "i"}), {{"k", ints({2})}});
  graph.outputs = {{"i", DType::i64, {}}};
  const Tensor indices = run_graph(graph, {floats({4}, {1, 9, 3, 9})});
  EXPECT_THAT(indices.as<std::int64_t>(), ::testing::ElementsAre(1, 3));
}

TEST(ReferenceLayout, ResizeInterpolatesAsItsCoordinatesSay) {
  const auto resize = [](const char* mode, const char* coordinates, const Floats& x, float scale) {
    const Tensor tensor = floats({std::ssize(x)}, x);
    return run_floats(
        tensor,
        node("Resize", {"x", "", "s"}, {"y"},
             {{"mode", std::string{mode}}, {"coordinate_transformation_mode", std::string{coordinates}}}),
        {{"s", floats({1}, {scale})}});
  };
  EXPECT_EQ(resize("nearest", "asymmetric", {0, 1}, 2), (Floats{0, 0, 1, 1}));
  EXPECT_EQ(resize("linear", "half_pixel", {0, 4}, 2), (Floats{0, 1, 3, 4}));
  EXPECT_EQ(resize("linear", "align_corners", {0, 3}, 2), (Floats{0, 1, 2, 3}));
}

TEST(ReferenceLayout, MaxPoolTellsWhereTheLargestWas) {
  Graph graph = one_node({1, 2, 2, 2}, node("MaxPool", {"x"}, {"y", "i"}, {{"kernel_shape", Ints{2, 2}}}));
  graph.outputs = {{"i", DType::i64, {}}};
  const Tensor indices = run_graph(graph, {floats({1, 2, 2, 2}, {0, 3, 1, 2, 9, 0, 0, 0})});
  EXPECT_THAT(indices.as<std::int64_t>(), ::testing::ElementsAre(1, 4));
}

TEST(ReferenceLayout, WhereChoosesElementByElement) {
  Graph graph = one_node({2}, node("Greater", {"x", "c"}, {"b"}), {{"c", floats({}, {0})}});
  graph.nodes.push_back(node("Where", {"b", "x", "c"}, {"y"}));
  EXPECT_EQ(values_of(run_graph(graph, {floats({2}, {-5, 5})})), (Floats{0, 5}));
}

}  // namespace
}  // namespace deepgap::model

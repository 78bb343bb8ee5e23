#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "deepgap/core/hash.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/onnx_read.hpp"
#include "files.hpp"
#include "graphs.hpp"

namespace deepgap::model {
namespace {

std::vector<Tensor> inputs_of(const Graph& graph, std::vector<TensorSpec> specs, std::uint64_t seed,
                              std::int64_t first) {
  auto made = seeded_inputs(graph, specs, seed, first);
  EXPECT_TRUE(made) << (made ? "" : made.error().message());
  return made ? *std::move(made) : std::vector<Tensor>{};
}

Tensor picture(Shape shape, DType dtype = DType::f32, std::uint64_t seed = 1, std::int64_t first = 0) {
  return inputs_of(Graph{}, {{"x", dtype, std::move(shape)}}, seed, first).at(0);
}

double correlation_of_neighbours(const Tensor& tensor, std::size_t distance) {
  const auto v = tensor.as<float>();
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  double both = 0, own = 0;
  for (std::size_t i = 0; i + distance < v.size(); ++i) {
    both += (static_cast<double>(v[i]) - mean) * (static_cast<double>(v[i + distance]) - mean);
    own += (static_cast<double>(v[i]) - mean) * (static_cast<double>(v[i]) - mean);
  }
  return both / own;
}

TEST(Inputs, HaveTheSameBitsEverywhere) {
  EXPECT_EQ(content_hash(picture({2, 3, 32, 32}).bytes), "a0ac9d41bf5302506de35440518c65f9");
}

TEST(Inputs, ASampleIsTheSameWhateverBatchItIsIn) {
  const Tensor four = picture({4, 3, 16, 16}, DType::f32, 1, 10);
  const Tensor one = picture({1, 3, 16, 16}, DType::f32, 1, 12);
  const auto row = four.as<float>().subspan(2 * 3 * 16 * 16, 3 * 16 * 16);
  EXPECT_TRUE(std::ranges::equal(row, one.as<float>()));
}

TEST(Inputs, OtherSeedsAndOtherSamplesDiffer) {
  EXPECT_NE(picture({1, 3, 16, 16}, DType::f32, 1, 0), picture({1, 3, 16, 16}, DType::f32, 2, 0));
  EXPECT_NE(picture({1, 3, 16, 16}, DType::f32, 1, 0), picture({1, 3, 16, 16}, DType::f32, 1, 1));
}

TEST(Inputs, PicturesAreSmoothAndNormalised) {
  const Tensor tensor = picture({1, 3, 64, 64});
  EXPECT_GT(correlation_of_neighbours(tensor, 1), 0.8);
  for (const float v : tensor.as<float>()) {
    EXPECT_GE(v, (0.0 - 0.485) / 0.229 - 1e-3);
    EXPECT_LE(v, (1.0 - 0.406) / 0.225 + 1e-3);
  }
}

TEST(Inputs, BytePicturesUseTheirRangeInEitherLayout) {
  for (const Shape& shape : {Shape{1, 3, 64, 64}, Shape{1, 64, 64, 3}}) {
    const Tensor tensor = picture(shape, DType::u8);
    const auto [lo, hi] = std::ranges::minmax(tensor.as<std::uint8_t>());
    EXPECT_LT(lo, 60);
    EXPECT_GT(hi, 190);
  }
}

TEST(Inputs, AChannelsLastPictureIsSmoothFromPixelToPixel) {
  const Tensor bytes = picture({1, 64, 64, 3}, DType::u8);
  std::vector<float> red;
  for (std::size_t i = 0; i < bytes.bytes.size(); i += 3)
    red.push_back(static_cast<float>(bytes.as<std::uint8_t>()[i]));
  EXPECT_GT(correlation_of_neighbours(floats({64 * 64}, red), 1), 0.8);
}

TEST(Inputs, BooleansAreZeroOrOneAndHalvesAreFinite) {
  const Tensor flags = picture({100}, DType::boolean);
  EXPECT_LE(std::ranges::max(flags.as<std::uint8_t>()), 1);
  EXPECT_EQ(std::ranges::max(flags.as<std::uint8_t>()), 1);
  const Tensor halves = picture({2, 50}, DType::f16);
  for (const std::uint16_t bits : halves.as<std::uint16_t>()) EXPECT_NE(bits & 0x7c00, 0x7c00);
}

TEST(Inputs, ClassNumbersStayInsideTheTableTheyIndex) {
  const auto graph = read_onnx(models() / "m12-typed-two-in-two-out" / "two.onnx");
  ASSERT_TRUE(graph);
  std::vector<TensorSpec> specs;
  for (const Value& value : graph->inputs) {
    specs.push_back({value.name, value.dtype, value.shape});
    specs.back().shape[0] = 64;
  }
  const auto made = inputs_of(*graph, specs, 1, 0);
  const auto& classes = made.at(specs[0].dtype == DType::i64 ? 0 : 1);
  const auto [lo, hi] = std::ranges::minmax(classes.as<std::int64_t>());
  EXPECT_EQ(lo, 0);
  EXPECT_EQ(hi, 4);
}

TEST(Inputs, AnIndexThatIsCastAndReshapedFirstIsKeptInsideToo) {
  Graph graph = one_node({kBatchDim}, node("Cast", {"x"}, {"c"}, {{"to", std::int64_t{7}}}),
                         {{"table", make_tensor(DType::f32, {2, 3})}, {"shape", ints({-1})}});
  graph.inputs[0].dtype = DType::i32;
  graph.nodes.push_back(node("Reshape", {"c", "shape"}, {"r"}));
  graph.nodes.push_back(node("Gather", {"table", "r"}, {"y"}, {{"axis", std::int64_t{1}}}));
  const auto made = inputs_of(graph, {{"x", DType::i32, {200}}}, 1, 0);
  const auto [lo, hi] = std::ranges::minmax(made.at(0).as<std::int32_t>());
  EXPECT_EQ(lo, 0);
  EXPECT_EQ(hi, 2);
}

TEST(Inputs, AnOpenOrHugeShapeIsRefused) {
  for (const Shape& shape : {Shape{-1, 3}, Shape{std::int64_t{1} << 40, 1 << 20}}) {
    const std::vector<TensorSpec> specs{{"x", DType::f32, shape}};
    const auto made = seeded_inputs(Graph{}, specs, 1, 0);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::invalid_input);
  }
}

TEST(Inputs, EmptyAndScalarInputsAreMade) {
  EXPECT_EQ(picture({0, 3}).bytes.size(), 0U);
  EXPECT_EQ(picture({}).bytes.size(), 4U);
}

}  // namespace
}  // namespace deepgap::model

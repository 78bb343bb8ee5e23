#include "deepgap/model/onnx_write.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx.pb.h>

#include <random>

#include "deepgap/model/onnx_read.hpp"
#include "files.hpp"
#include "graphs.hpp"

namespace deepgap::model {
namespace {

using ::testing::HasSubstr;

Graph rich_graph() {
  Graph graph =
      one_node({kBatchDim, 3}, node("Foo", {"x", "", "w"}, {"y", ""}), {{"w", floats({2, 1}, {1, -2})}});
  graph.nodes[0].name = "first";
  graph.nodes[0].domain = "com.example";
  graph.nodes[0].attributes = {{"i", std::int64_t{-5}},
                               {"f", 0.25F},
                               {"s", std::string{"text\0with zero", 14}},
                               {"is", Ints{1, -2, 3}},
                               {"fs", std::vector<float>{0.5F}},
                               {"ss", std::vector<std::string>{"a", ""}},
                               {"none", Ints{}},
                               {"t", ints({4, 5})}};
  graph.other_opsets["com.example"] = 2;
  graph.metadata["author"] = "somebody";
  graph.inputs.push_back({"scalar", DType::i64, {}});
  graph.outputs[0].shape = {kBatchDim, kUnknownDim, 7};
  for (const DType dtype : kAllDTypes)
    graph.constants[std::string{name(dtype)}] = make_tensor(dtype, {2, 0, 3});
  graph.constants["number"] = make_tensor(DType::f16, {});
  return graph;
}

TEST(WriteOnnx, IsReadBackEqual) {
  const Graph graph = rich_graph();
  const auto bytes = write_onnx(graph);
  ASSERT_TRUE(bytes) << bytes.error().message();
  const auto again = read_onnx(*bytes);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(*again == graph);
}

// A chain of operators over random shapes, types and attributes.
Graph random_graph(std::mt19937& random) {
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  Graph graph;
  graph.name = std::string(static_cast<std::size_t>(below(4)), 'n');
  graph.opset = 7 + below(22);
  graph.inputs = {{"v0", DType::f32, {below(2) == 0 ? kBatchDim : 1 + below(5), 1 + below(9)}}};
  const int count = 1 + below(12);
  for (int i = 0; i < count; ++i) {
    const std::string constant = "c" + std::to_string(below(5));
    graph.constants.try_emplace(constant, make_tensor(kAllDTypes[below(14)], {1 + below(4), below(3)}));
    for (std::byte& byte : graph.constants.at(constant).bytes) byte = static_cast<std::byte>(below(2));
    Node next = node("Op" + std::to_string(below(6)), {"v" + std::to_string(below(i + 1)), constant},
                     {"v" + std::to_string(i + 1)});
    if (below(2) == 0) next.inputs.insert(next.inputs.begin() + 1, "");
    if (below(2) == 0) next.attributes["a"] = Ints(static_cast<std::size_t>(below(4)), below(100) - 50);
    graph.nodes.push_back(std::move(next));
  }
  graph.outputs = {{"v" + std::to_string(count), DType::f32, {}}};
  return graph;
}

TEST(WriteOnnx, IsReadBackEqualForManyGraphs) {
  std::mt19937 random{7};
  for (int i = 0; i < 300; ++i) {
    const Graph graph = random_graph(random);
    const auto bytes = write_onnx(graph);
    ASSERT_TRUE(bytes);
    const auto again = read_onnx(*bytes);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(*again == graph);
    EXPECT_EQ(*write_onnx(*again), *bytes);
  }
}

TEST(WriteOnnx, NamesTheOpenBatchAndFitsTheIrVersionToTheOpset) {
  for (const auto& [opset, ir] :
       {std::pair{9, 8}, std::pair{17, 8}, std::pair{19, 9}, std::pair{22, 10}, std::pair{23, 11},
        std::pair{24, 12}, std::pair{26, 13}, std::pair{28, 14}}) {
    const auto bytes = write_onnx(one_node({kBatchDim, 3}, node("Relu", {"x"}, {"y"}), {}, opset));
    ASSERT_TRUE(bytes);
    onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
    EXPECT_EQ(model.ir_version(), ir);
    EXPECT_EQ(model.opset_import(0).version(), opset);
    EXPECT_EQ(model.graph().input(0).type().tensor_type().shape().dim(0).dim_param(), "batch");
  }
}

TEST(WriteOnnx, RefusesANodeWhoseSubgraphIsLost) {
  const auto bytes = write_onnx(one_node({1}, node("Loop", {"x"}, {"y"})));
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code(), Errc::unsupported);
  EXPECT_THAT(bytes.error().message(), HasSubstr("Loop"));
}

TEST(WriteOnnx, ToAFileLeavesNothingElseBehind) {
  TemporaryFolder folder;
  const auto file = folder.path() / "out put.onnx";
  const Graph graph = rich_graph();
  ASSERT_TRUE(write_onnx(graph, file));
  EXPECT_TRUE(*read_onnx(file) == graph);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 1);
  const auto nowhere = write_onnx(graph, folder.path() / "none" / "m.onnx");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code(), Errc::io);
}

}  // namespace
}  // namespace deepgap::model

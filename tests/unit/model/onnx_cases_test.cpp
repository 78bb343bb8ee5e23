#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "deepgap/model/batch.hpp"
#include "deepgap/model/onnx_read.hpp"
#include "deepgap/model/onnx_write.hpp"
#include "deepgap/model/shapes.hpp"
#include "files.hpp"

// The published model cases: what can be told without running them.
namespace deepgap::model {
namespace {

using ::testing::HasSubstr;

Graph read_case(const std::string& file) {
  auto graph = read_onnx(models() / file);
  EXPECT_TRUE(graph) << (graph ? "" : graph.error().message());
  return graph ? *std::move(graph) : Graph{};
}

struct Expectation {
  std::filesystem::path file;
  nlohmann::json model;
};

std::vector<Expectation> expectations() {
  std::vector<Expectation> all;
  for (const auto& folder : std::filesystem::directory_iterator{models()}) {
    std::ifstream in{folder.path() / "expected.json"};
    if (!in) continue;
    const nlohmann::json expected = nlohmann::json::parse(in);
    for (const auto& [file, model] : expected.at("models").items())
      if (model.contains("inputs")) all.push_back({folder.path() / file, model});
  }
  return all;
}

DType dtype_of(const nlohmann::json& tensor) {
  const std::string text = tensor.at("dtype");
  return text == "float32" ? DType::f32 : text == "int64" ? DType::i64 : DType::u8;
}

TEST(ModelCases, HaveTheInputsThatTheyShould) {
  ASSERT_GT(expectations().size(), 25U);
  for (const auto& [file, model] : expectations()) {
    SCOPED_TRACE(file);
    const auto graph = read_onnx(file);
    ASSERT_TRUE(graph) << graph.error().message();
    ASSERT_EQ(graph->inputs.size(), model.at("inputs").size());
    for (const Value& input : graph->inputs) {
      ASSERT_TRUE(model.at("inputs").contains(input.name));
      const auto& expected = model.at("inputs").at(input.name);
      EXPECT_EQ(input.dtype, dtype_of(expected));
      Shape shape = input.shape;
      if (shape[0] == kBatchDim) shape[0] = expected.at("shape").at(0);
      EXPECT_EQ(shape, expected.at("shape").get<Shape>());
    }
  }
}

TEST(ModelCases, InferTheOutputShapesThatTheyShould) {
  for (const auto& [file, model] : expectations()) {
    SCOPED_TRACE(file);
    const auto graph = read_onnx(file);
    ASSERT_TRUE(graph) << graph.error().message();
    const std::int64_t batch = model.at("inputs").front().at("shape").at(0);
    const auto specs = infer_shapes(*graph, batch);
    ASSERT_TRUE(specs) << specs.error().message();
    for (const auto& [key, expected] : model.at("outputs").items()) {
      const auto spec = specs->find(key);
      ASSERT_NE(spec, specs->end()) << key;
      EXPECT_EQ(spec->second.dtype, dtype_of(expected));
      EXPECT_EQ(spec->second.shape, expected.at("shape").get<Shape>());
    }
    const auto plan = plan_batch(*graph, batch);
    ASSERT_TRUE(plan) << plan.error().message();
    EXPECT_EQ(plan->batch, batch);
  }
}

TEST(ModelCases, AreWrittenAndReadBackEqual) {
  for (const auto& [file, model] : expectations()) {
    SCOPED_TRACE(file);
    const auto graph = read_onnx(file);
    ASSERT_TRUE(graph) << graph.error().message();
    const auto bytes = write_onnx(*graph);
    ASSERT_TRUE(bytes) << bytes.error().message();
    const auto again = read_onnx(*bytes);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(*again == *graph);
    EXPECT_EQ(*write_onnx(*again), *bytes);
  }
}

TEST(ExternalData, IsFoundBesideTheModelFromAnyWorkingDirectory) {
  const auto before = std::filesystem::current_path();
  const auto file = models() / "m01-external-data/model/good.onnx";
  const auto absolute = read_onnx(file);
  std::filesystem::current_path("/");
  const auto relative = read_onnx(std::filesystem::relative(file, "/"));
  std::filesystem::current_path(file.parent_path());
  const auto bare = read_onnx("good.onnx");
  std::filesystem::current_path(before);
  ASSERT_TRUE(absolute) << absolute.error().message();
  ASSERT_TRUE(relative) << relative.error().message();
  ASSERT_TRUE(bare) << bare.error().message();
  EXPECT_TRUE(*absolute == *relative);
  EXPECT_TRUE(*absolute == *bare);
  EXPECT_EQ(absolute->constants.at("w").shape, (Shape{4, 3, 3, 3}));
  EXPECT_EQ(absolute->constants.at("b").as<float>().size(), 4U);
  EXPECT_NE(absolute->constants.at("b").as<float>()[0], 7.0F);
}

TEST(ExternalData, BecomesPartOfTheWrittenFileSoThatItsContentIsPartOfTheHash) {
  TemporaryFolder folder;
  const auto from = models() / "m01-external-data/model";
  std::filesystem::copy(from, folder.path(), std::filesystem::copy_options::recursive);
  const auto first = read_onnx(folder.path() / "good.onnx");
  ASSERT_TRUE(first);
  std::fstream weights{folder.path() / "weight files/w.bin", std::ios::in | std::ios::out | std::ios::binary};
  weights.seekp(100);
  weights.put('\x11');
  weights.close();
  const auto second = read_onnx(folder.path() / "good.onnx");
  ASSERT_TRUE(second);
  EXPECT_NE(*write_onnx(*first), *write_onnx(*second));
}

TEST(ExternalData, OutsideTheFolderIsRefusedByTensorAndLocation) {
  for (const auto& [file, location] :
       {std::pair{"traversal.onnx", "../outside.bin"}, std::pair{"absolute.onnx", "/etc/hostname"}}) {
    const auto graph = read_onnx(models() / "m01-external-data/model" / file);
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code(), Errc::invalid_input);
    EXPECT_THAT(graph.error().message(), HasSubstr(file));
    EXPECT_THAT(graph.error().message(), HasSubstr("'b'"));
    EXPECT_THAT(graph.error().message(), HasSubstr(location));
  }
}

TEST(ExternalData, BehindALinkOutOfTheFolderIsRefused) {
  TemporaryFolder folder;
  std::filesystem::copy(models() / "m01-external-data", folder.path(),
                        std::filesystem::copy_options::recursive);
  const auto weights = folder.path() / "model/weight files/w.bin";
  std::filesystem::rename(weights, folder.path() / "w.bin");
  std::filesystem::create_symlink(folder.path() / "w.bin", weights);
  const auto graph = read_onnx(folder.path() / "model/good.onnx");
  ASSERT_FALSE(graph);
  EXPECT_THAT(graph.error().message(), HasSubstr("link"));
  std::filesystem::remove(weights);
  std::filesystem::rename(folder.path() / "w.bin", folder.path() / "model/real.bin");
  std::filesystem::create_symlink(folder.path() / "model/real.bin", weights);
  EXPECT_TRUE(read_onnx(folder.path() / "model/good.onnx"));
}

TEST(ExternalData, ThatIsMissingOrTooShortIsRefusedWithFileOffsetLengthAndSize) {
  const auto beyond = read_onnx(models() / "m01-external-data/model/beyond_end.onnx");
  ASSERT_FALSE(beyond);
  for (const char* part : {"'b'", "weight files/w.bin", "offset 528", "length 4112", "file size 544"})
    EXPECT_THAT(beyond.error().message(), HasSubstr(part));
  const auto missing = read_onnx(models() / "m01-external-data/model/missing.onnx");
  ASSERT_FALSE(missing);
  for (const char* part : {"'b'", "weight files/none.bin", "offset 0", "length 16", "file size"})
    EXPECT_THAT(missing.error().message(), HasSubstr(part));
}

TEST(ExternalData, OfAModelInMemoryNeedsABaseFolder) {
  const auto bytes = bytes_of(models() / "m01-external-data/model/good.onnx");
  EXPECT_FALSE(read_onnx(bytes));
  EXPECT_TRUE(read_onnx(bytes, models() / "m01-external-data/model"));
}

TEST(OldFiles, ListWeightsAsInputsWithoutMakingThemInputs) {
  const Graph graph = read_case("m02-ir3-opset9/ir3.onnx");
  ASSERT_EQ(graph.inputs.size(), 1U);
  EXPECT_EQ(graph.inputs[0].name, "data");
  EXPECT_EQ(graph.constants.size(), 7U);
  EXPECT_EQ(graph.opset, 9);
  EXPECT_FALSE(graph.dynamic_batch());
}

TEST(OmittedInputs, StayEmptyNames) {
  const Graph graph = read_case("m03-opset-meaning/clip_opset11_only_max.onnx");
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.nodes[0].inputs, (std::vector<std::string>{"x", "", "hi"}));
  EXPECT_FALSE(graph.constants.contains(""));
}

TEST(Constants, FromNodesAndCopiesAreCountedOnce) {
  const Graph graph = read_case("m15-constants-identity-dropout/constants.onnx");
  ASSERT_EQ(graph.inputs.size(), 1U);
  EXPECT_EQ(graph.parameter_count(), 81);
  for (const Node& node : graph.nodes) {
    EXPECT_NE(node.op, "Constant");
    if (node.op == "Conv") {
      EXPECT_EQ(node.inputs[1], "w0");
    }
  }
}

TEST(Names, SurviveReadingAndWriting) {
  const Graph graph = read_case("m14-names/net a=b, c|d <i>é 'q'.onnx");
  EXPECT_EQ(graph.inputs[0].name, "in put");
  EXPECT_EQ(graph.outputs[0].name, "y\";DROP TABLE results;--");
  EXPECT_EQ(graph.nodes[2].name, "<script>alert(1)</script>");
  const Graph unnamed = read_case("m14-names/no_node_names.onnx");
  EXPECT_EQ(unnamed.nodes.size(), 2U);
}

TEST(Batch, IsPlannedWhereSamplesStayApart) {
  const auto plan = plan_batch(read_case("m10-reshape-batch/zero_minus_one.onnx"), 4);
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_FALSE(plan->fixed);
  EXPECT_EQ(plan->inputs[0].shape, (Shape{4, 3, 4, 4}));
  EXPECT_EQ(plan->outputs[0].shape, (Shape{4, 48}));
}

TEST(Batch, ThatDisappearsIntoAnotherDimensionIsRefused) {
  for (const char* file : {"hard_coded_one.onnx", "folds_two_samples.onnx"}) {
    const auto plan = plan_batch(read_case(std::string{"m10-reshape-batch/"} + file), 4);
    ASSERT_FALSE(plan) << file;
    EXPECT_EQ(plan.error().code(), Errc::unsupported);
    EXPECT_THAT(plan.error().message(), HasSubstr("'y'"));
  }
  EXPECT_THAT(plan_batch(read_case("m10-reshape-batch/hard_coded_one.onnx"), 4).error().message(),
              HasSubstr("[1,192]"));
  EXPECT_THAT(plan_batch(read_case("m10-reshape-batch/folds_two_samples.onnx"), 4).error().message(),
              HasSubstr("[2,96]"));
}

TEST(Batch, OfOneStillRunsAModelThatCannotBeBatched) {
  EXPECT_TRUE(plan_batch(read_case("m10-reshape-batch/hard_coded_one.onnx"), 1));
  const auto folded = plan_batch(read_case("m10-reshape-batch/folds_two_samples.onnx"), 1);
  ASSERT_FALSE(folded);
  EXPECT_EQ(folded.error().code(), Errc::unsupported);
  EXPECT_THAT(folded.error().message(), HasSubstr("cannot run at batch 1"));
}

TEST(Batch, FixedInTheFileIsRefusedAtAnotherNumber) {
  const Graph graph = read_case("m10-reshape-batch/fixed_batch_one.onnx");
  const auto other = plan_batch(graph, 8);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Errc::unsupported);
  EXPECT_EQ(other.error().message(), "the model's batch is fixed at 1; 8 was asked");
  const auto same = plan_batch(graph, 1);
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->fixed);
  EXPECT_EQ(same->outputs[0].shape, (Shape{1, 2, 6, 6}));
}

TEST(Batch, BelowOneIsRefused) {
  for (const std::int64_t batch : {std::int64_t{0}, std::int64_t{-4}}) {
    const auto plan = plan_batch(read_case("m10-reshape-batch/zero_minus_one.onnx"), batch);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code(), Errc::invalid_input);
  }
}

}  // namespace
}  // namespace deepgap::model

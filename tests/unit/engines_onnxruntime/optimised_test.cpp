#include "deepgap/engines/onnxruntime/optimised.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "deepgap/model/graph.hpp"
#include "deepgap/model/onnx_write.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

using ::testing::HasSubstr;

model::Node node(std::string op, std::vector<std::string> inputs, std::string output) {
  return {output, std::move(op), "", std::move(inputs), {output}, {}};
}

// A network of `dtype` values with these nodes; "x" is its input, "w" a weight.
class Optimised : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::path{::testing::TempDir()} /
            ("deepgap_optimised_" + std::to_string(::getpid()) + ".onnx");
  }
  void TearDown() override { std::filesystem::remove(file_); }
  Arithmetic judge(DType dtype, std::vector<model::Node> nodes) const {
    model::Graph graph;
    graph.name = "optimised";
    graph.inputs = {{"x", dtype, {1, 1}}};
    graph.outputs = {{nodes.back().outputs[0], dtype, {}}};
    graph.constants["w"] = make_tensor(dtype, {1, 1});
    graph.constants["scale"] = make_tensor(DType::f32, {});
    graph.nodes = std::move(nodes);
    if (!model::write_onnx(graph, file_)) ADD_FAILURE() << "cannot write " << file_;
    return arithmetic_of(file_);
  }

  std::filesystem::path file_;
};

TEST_F(Optimised, NetworkOfIntegerKernelsRunsInInt8) {
  const auto found =
      judge(DType::f32, {node("QuantizeLinear", {"x", "scale"}, "q"), node("QLinearConv", {"q"}, "a"),
                         node("QLinearConv", {"a"}, "b"), node("DequantizeLinear", {"b", "scale"}, "d"),
                         node("Gemm", {"d", "w"}, "y")});
  EXPECT_EQ(found.precision, Precision::int8);
  EXPECT_EQ(found.evidence,
            "2 of 3 convolutions and matrix products run in int8 (2 QLinearConv), 1 in fp32 (1 Gemm)");
}

TEST_F(Optimised, NetworkThatIsDequantisedFirstRunsInFp32) {
  const auto found =
      judge(DType::f32, {node("QuantizeLinear", {"x", "scale"}, "q"),
                         node("DequantizeLinear", {"q", "scale"}, "d"), node("FusedConv", {"d", "w"}, "y")});
  EXPECT_EQ(found.precision, Precision::fp32);
}

TEST_F(Optimised, NetworkOfFp16ValuesBehindCastsRunsInFp32) {
  model::Node up = node("Cast", {"x"}, "up");
  up.attributes["to"] = std::int64_t{1};
  model::Node down = node("Cast", {"c"}, "y");
  down.attributes["to"] = std::int64_t{10};
  EXPECT_EQ(judge(DType::f16, {up, node("Relu", {"up"}, "r"), node("Conv", {"r", "w"}, "c"), down}).precision,
            Precision::fp32);
  EXPECT_EQ(judge(DType::f16, {node("Conv", {"x", "w"}, "y")}).precision, Precision::fp16);
}

TEST_F(Optimised, NetworkWithoutConvolutionsIsJudgedByItsOtherNodes) {
  const auto found = judge(DType::f32, {node("Relu", {"x"}, "y")});
  EXPECT_EQ(found.precision, Precision::fp32);
  EXPECT_THAT(found.evidence,
              HasSubstr("no convolution or matrix product; 1 of 1 nodes run in fp32 (1 Relu)"));
}

TEST_F(Optimised, NetworkThatOnlyMovesDataHasNoPrecision) {
  EXPECT_EQ(judge(DType::f32, {node("Identity", {"x"}, "y")}).precision, std::nullopt);
}

TEST_F(Optimised, NetworkThatRunsInACircleOrReadsNothingIsStillJudged) {
  const auto found = judge(DType::f32, {node("Relu", {"y"}, "a"), node("Relu", {"a"}, "y"),
                                        node("Conv", {"a"}, "c"), node("Conv", {}, "z")});
  EXPECT_EQ(found.precision, std::nullopt);
  EXPECT_THAT(found.evidence, HasSubstr("in another type"));
}

TEST_F(Optimised, FileThatIsMissingOrBrokenIsASentence) {
  EXPECT_EQ(arithmetic_of("/nowhere/at.onnx").precision, std::nullopt);
  std::ofstream{file_} << "this is no network";
  const auto broken = arithmetic_of(file_);
  EXPECT_EQ(broken.precision, std::nullopt);
  EXPECT_THAT(broken.evidence, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace deepgap::engines::onnxruntime

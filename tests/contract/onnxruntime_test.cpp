#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "contract_support.hpp"

// What only ONNX Runtime promises: that a row says what ran and not what was asked.
namespace deepgap::contract {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Onnxruntime : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto built = engine_names();
    if (std::ranges::find(built, "onnxruntime") == built.end()) GTEST_SKIP() << "not built";
    auto opened = engine::LoadedPlugin::open(plugin_path("onnxruntime"));
    ASSERT_TRUE(opened) << opened.error().message();
    plugin_.emplace(*std::move(opened));
    auto created = plugin_->plugin().create();
    ASSERT_TRUE(created) << created.error().message();
    engine_ = *std::move(created);
  }
  [[nodiscard]] std::unique_ptr<engine::Model> compile(const Network& network,
                                                       const engine::CompileOptions& options = {}) const {
    auto model = engine_->compile(network.source(), options);
    if (!model) ADD_FAILURE() << model.error().message();
    return model ? *std::move(model) : nullptr;
  }

  std::optional<engine::LoadedPlugin> plugin_;
  std::unique_ptr<engine::Engine> engine_;
};

engine::CompileOptions int8(std::map<std::string, std::string, std::less<>> options) {
  engine::CompileOptions asked;
  asked.precision = Precision::int8;
  asked.options = std::move(options);
  return asked;
}

Network convolution_of_f16() {
  model::Graph graph;
  graph.name = "halves";
  graph.inputs = {{"x", DType::f16, {model::kBatchDim, 3, 8, 8}}};
  graph.outputs = {{"y", DType::f16, {}}};
  graph.constants["w"] = make_tensor(DType::f16, {4, 3, 1, 1});
  graph.nodes = {{"conv", "Conv", "", {"x", "w"}, {"y"}, {}}};
  return network_of(std::move(graph), 2);
}

TEST_F(Onnxruntime, ReportsANetworkOfFp16ValuesAsWhatTheProcessorRuns) {
  const auto model = compile(convolution_of_f16());
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->inputs()[0].dtype, DType::f16);
#if defined(__x86_64__)
  EXPECT_EQ(model->effective().precision, Precision::fp32) << model->effective().precision_evidence;
#endif
}

TEST_F(Onnxruntime, ReportsAQuantisedNetworkThatIsNotOptimisedAsFp32) {
  const Network network = tiny_int8(1, Int8Activations::u8);
  const auto optimised = compile(network, int8({}));
  ASSERT_NE(optimised, nullptr);
  EXPECT_EQ(optimised->effective().precision, Precision::int8) << optimised->effective().precision_evidence;
  const auto plain = compile(network, int8({{"graph_optimization", "disable"}}));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->effective().precision, Precision::fp32) << plain->effective().precision_evidence;
}

TEST_F(Onnxruntime, RunsWithEveryOptionAndReadsItBack) {
  const Network network = tiny(2);
  const auto inputs = inputs_for(network);
  const auto right = reference_outputs(network, inputs);
  for (const char* level : {"disable", "basic", "extended", "all"}) {
    engine::CompileOptions asked;
    asked.threads = 2;
    asked.options = {{"graph_optimization", level}, {"spinning", "off"}, {"memory_pattern", "off"}};
    const auto model = compile(network, asked);
    ASSERT_NE(model, nullptr);
    for (const auto& [key, value] : asked.options)
      EXPECT_EQ(model->effective().settings.at(key).effective, value) << key;
    EXPECT_EQ(model->effective().threads, 2);
    const auto session = open(*model);
    load(*session, inputs);
    ASSERT_TRUE(session->run());
    const auto found = difference(right[0], outputs_of(*model, *session)[0]);
    EXPECT_TRUE(found.within(0, allowed(Precision::fp32))) << level << ": " << found;
  }
}

TEST_F(Onnxruntime, RunsWithoutATemporaryFolderAndThenDoesNotKnowThePrecision) {
  const char* given = std::getenv("TMPDIR");
  const std::string before = given != nullptr ? given : "";
  ::setenv("TMPDIR", "/nowhere", 1);
  const auto model = compile(tiny(1));
  given != nullptr ? ::setenv("TMPDIR", before.c_str(), 1) : ::unsetenv("TMPDIR");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->effective().precision, std::nullopt);
  EXPECT_THAT(model->effective().precision_evidence, HasSubstr("temporary folder"));
}

TEST_F(Onnxruntime, SaysWhyThereIsNoCard) {
  if (engine_->capabilities().devices.size() > 1) GTEST_SKIP() << "there is one";
  engine::CompileOptions asked;
  asked.device = "cuda:0";
  const auto refused = engine_->compile(tiny(1).source(), asked);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_THAT(
      refused.error().message(),
      AllOf(HasSubstr("cuda:0"), ::testing::AnyOf(HasSubstr("no CUDA provider"), HasSubstr("NVIDIA"))));
}

}  // namespace
}  // namespace deepgap::contract

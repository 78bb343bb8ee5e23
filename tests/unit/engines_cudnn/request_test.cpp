#include "deepgap/engines/cudnn/request.hpp"

#include <gmock/gmock.h>

#include "deepgap/model/builders.hpp"
#include "deepgap/model/onnx_write.hpp"

namespace deepgap::engines::cudnn {
namespace {

using ::testing::HasSubstr;

engine::Capabilities capabilities() {
  engine::Capabilities all;
  all.devices = {{"cuda:0", "A card", {Precision::fp32, Precision::fp16}}};
  all.hints = {"latency", "throughput"};
  all.options = {{"candidates", "how many"}, {"layer_times", "a file"}};
  return all;
}

engine::CompileOptions options() {
  engine::CompileOptions options;
  options.device = "cuda:0";
  return options;
}

Error refusal(const engine::CompileOptions& options) {
  auto request = read_request(options, capabilities());
  if (request) return {Errc::internal, "taken"};
  return std::move(request).error();
}

TEST(Request, TakesWhatIsOfferedAndKeepsTwoInFlightForThroughput) {
  auto asked = options();
  asked.precision = Precision::fp16;
  asked.hint = "throughput";
  asked.threads = 3;
  asked.options = {{"candidates", "9"}, {"layer_times", "times.csv"}};
  const auto request = read_request(asked, capabilities());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->in_flight, 2);
  EXPECT_EQ(request->threads, 3U);
  EXPECT_EQ(request->candidates, 9U);
  EXPECT_EQ(request->layer_times, "times.csv");
  asked.streams = 4;
  EXPECT_EQ(read_request(asked, capabilities())->in_flight, 4);
}

TEST(Request, SaysWhichDevicesThereAre) {
  auto asked = options();
  asked.device = "cuda:7";
  EXPECT_EQ(refusal(asked).code(), Errc::unavailable);
  EXPECT_THAT(refusal(asked).message(), HasSubstr("cuda:0"));
}

TEST(Request, SaysWhichPrecisionTheCardLacks) {
  auto asked = options();
  asked.precision = Precision::bf16;
  EXPECT_EQ(refusal(asked).code(), Errc::unsupported);
  EXPECT_EQ(refusal(asked).message(), "cudnn: A card has no bf16");
}

TEST(Request, RefusesWhatIsMistyped) {
  for (const auto& [key, value] : {std::pair{"candidate", "4"},
                                   {"candidates", "0"},
                                   {"candidates", "33"},
                                   {"candidates", "4x"},
                                   {"candidates", ""}}) {
    auto asked = options();
    asked.options[key] = value;
    EXPECT_EQ(refusal(asked).code(), Errc::invalid_input) << key << '=' << value;
  }
  auto hint = options();
  hint.hint = "latencyy";
  EXPECT_THAT(refusal(hint).message(), HasSubstr("did you mean"));
  auto streams = options();
  streams.streams = 0;
  EXPECT_EQ(refusal(streams).code(), Errc::invalid_input);
}

class ReadNetwork : public ::testing::Test {
 protected:
  std::vector<std::byte> onnx_ = *model::write_onnx(*model::build("tiny"));
  engine::ModelSource source_{"tiny", onnx_, "hash", {{"input", DType::f32, {4, 3, 32, 32}}}};

  [[nodiscard]] std::optional<Errc> refusal() const {
    const auto network = read_network(source_, Precision::fp32);
    if (network) return std::nullopt;
    return network.error().code();
  }
};

TEST_F(ReadNetwork, TakesTheBatchFromTheShapesThatAreAsked) {
  const auto network = read_network(source_, Precision::fp16);
  ASSERT_TRUE(network) << network.error().message();
  EXPECT_EQ(network->inputs[0].shape, (Shape{4, 3, 32, 32}));
  EXPECT_EQ(network->outputs[0].shape, (Shape{4, 10}));
}

TEST_F(ReadNetwork, RefusesShapesThatAreNotTheNetworks) {
  source_.inputs[0].shape = {4, 5, 32, 32};
  EXPECT_EQ(refusal(), Errc::invalid_input);
  source_.inputs[0].shape = {model::kBatchDim, 3, 32, 32};
  EXPECT_EQ(refusal(), Errc::invalid_input);
  source_.inputs[0].shape = {};
  EXPECT_EQ(refusal(), Errc::invalid_input);
  source_.inputs = {};
  EXPECT_EQ(refusal(), Errc::invalid_input);
}

TEST_F(ReadNetwork, RefusesBytesThatAreNoModel) {
  for (std::size_t part = 0; part < 8; ++part) {
    source_.onnx = ConstBytes{onnx_}.first(onnx_.size() * part / 8);
    EXPECT_TRUE(refusal()) << part;
  }
}

}  // namespace
}  // namespace deepgap::engines::cudnn

#include <gmock/gmock.h>

#include <algorithm>

#include "contract_support.hpp"

namespace deepgap::contract {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using Refusals = EngineTest;
DEEPGAP_EVERY_ENGINE(Refusals);

TEST_P(Refusals, UnknownDeviceIsUnavailable) {
  engine::CompileOptions options;
  options.device = "quantum:7";
  std::string message;
  EXPECT_EQ(refusal(tiny(1).source(), options, &message), Errc::unavailable);
  EXPECT_THAT(message, HasSubstr("quantum:7"));
}

TEST_P(Refusals, UnknownOptionHintAndImpossibleNumbersAreTheUsersMistake) {
  const Network network = tiny(1);
  std::string message;
  engine::CompileOptions option;
  option.options["no_such_option"] = "1";
  EXPECT_EQ(refusal(network.source(), option, &message), Errc::invalid_input);
  EXPECT_THAT(message, HasSubstr("no_such_option"));

  engine::CompileOptions hint;
  hint.hint = "latencyy";
  EXPECT_EQ(refusal(network.source(), hint, &message), Errc::invalid_input);
  EXPECT_THAT(message, HasSubstr("latencyy"));

  engine::CompileOptions threads;
  threads.threads = -1;
  EXPECT_EQ(refusal(network.source(), threads), Errc::invalid_input);

  engine::CompileOptions streams;
  streams.streams = 0;
  EXPECT_EQ(refusal(network.source(), streams), Errc::invalid_input);
}

TEST_P(Refusals, APrecisionThatTheDeviceDoesNotListIsUnsupported) {
  const auto& device = engine().capabilities().devices.front();
  for (const Precision precision : kAllPrecisions) {
    if (std::ranges::find(device.precisions, precision) != device.precisions.end()) continue;
    engine::CompileOptions options;
    options.device = device.id;
    options.precision = precision;
    std::string message;
    EXPECT_EQ(refusal(tiny(1).source(), options, &message), Errc::unsupported);
    EXPECT_THAT(message, HasSubstr(std::string{name(precision)}));
  }
}

TEST_P(Refusals, AnOperatorThatDoesNotExistIsUnsupportedByItsName) {
  std::string message;
  EXPECT_EQ(refusal(one_node("NoSuchOperator").source(), {}, &message), Errc::unsupported);
  EXPECT_THAT(message, HasSubstr("NoSuchOperator"));
  EXPECT_EQ(refusal(one_node("Blend", "com.example").source(), {}, &message), Errc::unsupported) << message;
  EXPECT_THAT(message, HasSubstr("Blend"));
}

TEST_P(Refusals, AnOutputWhoseShapeDependsOnTheDataIsUnsupported) {
  Network network = one_node("NonZero", "", DType::i64);
  EXPECT_EQ(refusal(network.source(), {}), Errc::unsupported);
}

TEST_P(Refusals, InputsThatDoNotFitTheNetworkAreNotCompiled) {
  Network renamed = tiny(1);
  renamed.inputs[0].name = "nobody";
  EXPECT_EQ(refusal(renamed.source(), {}), Errc::invalid_input);

  Network missing = tiny(1);
  missing.inputs.clear();
  EXPECT_EQ(refusal(missing.source(), {}), Errc::invalid_input);

  Network retyped = tiny(1);
  retyped.inputs[0].dtype = DType::u8;
  EXPECT_EQ(refusal(retyped.source(), {}), Errc::invalid_input);

  Network channels = tiny(1);
  channels.inputs[0].shape[1] += 1;
  EXPECT_THAT(refusal(channels.source(), {}), AnyOf(Errc::unsupported, Errc::invalid_input));

  Network open_batch = tiny(1);
  open_batch.inputs[0].shape[0] = model::kBatchDim;
  EXPECT_THAT(refusal(open_batch.source(), {}), AnyOf(Errc::unsupported, Errc::invalid_input));
}

TEST_P(Refusals, GarbageEndsAsAnError) {
  const Network network = tiny(1);
  engine::ModelSource source = network.source();
  source.onnx = {};
  EXPECT_TRUE(refusal(source, {})) << "empty";
  const std::vector<std::byte> zeros(4096), text(4096, std::byte{'<'});
  source.onnx = zeros;
  EXPECT_TRUE(refusal(source, {})) << "zeros";
  source.onnx = text;
  EXPECT_TRUE(refusal(source, {})) << "text";
}

TEST_P(Refusals, ATruncatedNetworkEndsAsAnError) {
  const Network network = tiny(1);
  engine::ModelSource source = network.source();
  for (std::size_t part = 1; part < 12; ++part) {
    source.onnx = ConstBytes{network.onnx}.first(network.onnx.size() * part / 12);
    EXPECT_TRUE(refusal(source, {})) << part << "/12";
  }
}

TEST_P(Refusals, ADamagedNetworkNeverCrashes) {
  const Network network = tiny(1);
  // The structure of the file is what breaks readers; most of its bytes are weights.
  for (std::size_t at = 0; at < network.onnx.size();
       at += std::max<std::size_t>(network.onnx.size() / 60, 1)) {
    std::vector<std::byte> damaged = network.onnx;
    for (std::size_t i = at; i < std::min(at + 3, damaged.size()); ++i) damaged[i] ^= std::byte{0xA5};
    engine::ModelSource source = network.source();
    source.onnx = damaged;
    auto compiled = engine().compile(source, on_a_device_of(engine(), {}));
    if (!compiled) continue;
    const auto session = open(**compiled);
    ASSERT_NE(session, nullptr);
    static_cast<void>(session->run());
  }
}

}  // namespace
}  // namespace deepgap::contract

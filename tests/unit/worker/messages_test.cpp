#include "deepgap/worker/messages.hpp"

#include <gtest/gtest.h>

namespace deepgap::worker {
namespace {

using nlohmann::json;

json through_cbor(const json& message) { return json::from_cbor(json::to_cbor(message)); }

record::Round sample_round() {
  record::Round round;
  round.index = 3;
  round.process = 1;
  round.started_at = "2026-11-25T00:00:00Z";
  round.label = "precise";
  round.stopped_by = "planned samples";
  round.samples = 3;
  round.mean_s = 0.25;
  round.half_s = 0.5;
  round.in_flight = 2;
  round.blocks.resize(2);
  round.blocks[0] = {.first_sample = 0, .samples = 2, .foreign_cpu_share = 0.25, .cpu_mhz = 2100.0};
  round.blocks[1] = {.first_sample = 2,
                     .samples = 1,
                     .throttled_share = 0.5,
                     .steal_share = 0.125,
                     .device_mhz = 1410,
                     .device_temperature_c = 88,
                     .device_power_w = 340,
                     .throttle_reasons = "thermal"};
  round.latencies_ns = {1, 2, std::numeric_limits<std::int64_t>::max()};
  round.ends_ns = {5, 6, 7};
  return round;
}

TEST(Messages, ARoundSurvivesTheTrip) {
  const record::Round round = sample_round();
  auto decoded = decode<record::Round>(through_cbor(encode(round)));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(*decoded, round);
}

TEST(Messages, TensorsSurviveTheTrip) {
  Tensor tensor = make_tensor(DType::f32, {2, 3});
  tensor.as<float>()[4] = 1.5F;
  auto decoded = decode<std::vector<Tensor>>(through_cbor(encode(std::vector<Tensor>{tensor})));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->front(), tensor);
}

TEST(Messages, ATensorWhoseBytesDoNotFitItsShapeIsRefused) {
  json message = encode(std::vector<Tensor>{make_tensor(DType::f32, {2, 3})});
  message[0]["shape"] = {2, 4};
  EXPECT_FALSE(decode<std::vector<Tensor>>(message));
  message[0]["shape"] = {-1, 3};
  EXPECT_FALSE(decode<std::vector<Tensor>>(message));
}

TEST(Messages, CapabilitiesSurviveTheTrip) {
  Hello hello{"null", "1", {}};
  hello.capabilities.devices = {{"cpu", "a CPU", {Precision::fp32, Precision::int8}}};
  hello.capabilities.options = {{"law", "what it does"}};
  hello.capabilities.hints = {"latency"};
  hello.capabilities.asynchronous = true;
  auto decoded = decode<Hello>(through_cbor(encode(hello)));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->capabilities.devices[0].precisions, hello.capabilities.devices[0].precisions);
  EXPECT_EQ(decoded->capabilities.options, hello.capabilities.options);
  EXPECT_TRUE(decoded->capabilities.asynchronous);
}

TEST(Messages, EffectiveSettingsKeepTheirAbsence) {
  CompileReply reply;
  reply.effective.settings = {{"a", {"1", std::nullopt}}, {"b", {"2", "3"}}};
  reply.effective.call = {true, "blocking wait", "graph replay"};
  auto decoded = decode<CompileReply>(through_cbor(encode(reply)));
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded->effective.precision);
  EXPECT_FALSE(decoded->effective.settings.at("a").effective);
  EXPECT_EQ(decoded->effective.settings.at("b").effective, "3");
  EXPECT_TRUE(decoded->effective.call.copies);
  EXPECT_EQ(decoded->effective.call.sync, "blocking wait");
  EXPECT_EQ(decoded->effective.call.launch, "graph replay");
}

TEST(Messages, AMissingFieldOrAWrongTypeIsAnErrorNotACrash) {
  const json good = encode(sample_round());
  for (const auto& [key, value] : good.items()) {
    json without = good;
    without.erase(key);
    EXPECT_FALSE(decode<record::Round>(without)) << key;
    json wrong = good;
    wrong[key] = json::object({{"a", 1}});
    EXPECT_FALSE(decode<record::Round>(wrong)) << key;
  }
  EXPECT_FALSE(decode<record::Round>(json(nullptr)));
  EXPECT_FALSE(decode<Hello>(json::array()));
}

TEST(Messages, AnErrorKeepsItsCodeAndWords) {
  const Error error = decode_error(through_cbor(encode(Error{Errc::unsupported, "operator Foo"})));
  EXPECT_EQ(error.code(), Errc::unsupported);
  EXPECT_EQ(error.message(), "operator Foo");
  EXPECT_EQ(decode_error(json{{"error", {{"code", 99}, {"message", "x"}}}}).code(), Errc::io);
}

}  // namespace
}  // namespace deepgap::worker

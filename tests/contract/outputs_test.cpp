#include <algorithm>
#include <cmath>

#include "contract_support.hpp"

namespace deepgap::contract {
namespace {

using Outputs = EngineTest;
DEEPGAP_EVERY_ENGINE(Outputs);

TEST_P(Outputs, EqualTheReferenceAtEveryBatch) {
  for (const std::int64_t batch : {1, 3, 8}) {
    SCOPED_TRACE(batch);
    const Network network = tiny(batch);
    const auto model = compile(network);
    ASSERT_NE(model, nullptr);
    EXPECT_TRUE(std::ranges::equal(model->inputs(), network.inputs));
    EXPECT_TRUE(std::ranges::equal(model->outputs(), network.outputs));
    const auto inputs = inputs_for(network);
    const auto session = open(*model);
    load(*session, inputs);
    const auto status = session->run();
    ASSERT_TRUE(status) << status.error().message();
    const auto found = difference(reference_outputs(network, inputs)[0], outputs_of(*model, *session)[0]);
    EXPECT_TRUE(found.within(0, allowed(Precision::fp32))) << found;
  }
}

TEST_P(Outputs, AreCloseToTheReferenceInEveryPrecisionThatIsClaimed) {
  for (const auto& device : engine().capabilities().devices)
    for (const Precision precision : device.precisions) {
      SCOPED_TRACE(device.id + " " + std::string{name(precision)});
      const Network network = precision == Precision::int8
                                  ? tiny_int8(2, engine().capabilities().int8_activations)
                              : precision == Precision::fp8 ? tiny_fp8(2)
                                                            : tiny(2);
      engine::CompileOptions options;
      options.device = device.id;
      options.precision = precision;
      const auto model = compile(network, options);
      ASSERT_NE(model, nullptr);
      EXPECT_EQ(model->effective().precision, precision) << model->effective().precision_evidence;
      EXPECT_FALSE(model->effective().precision_evidence.empty());
      const auto inputs = inputs_for(network);
      const auto session = open(*model);
      load(*session, inputs);
      ASSERT_TRUE(session->run());
      const auto found = difference(reference_outputs(network, inputs)[0], outputs_of(*model, *session)[0]);
      EXPECT_TRUE(found.within(0, allowed(precision))) << found;
    }
}

TEST_P(Outputs, AreTheSameWhenTheSameInputRunsTwice) {
  const Network network = tiny(2);
  const auto model = compile(network);
  ASSERT_NE(model, nullptr);
  const auto session = open(*model);
  load(*session, inputs_for(network));
  ASSERT_TRUE(session->run());
  const auto first = outputs_of(*model, *session);
  ASSERT_TRUE(session->run());
  EXPECT_EQ(outputs_of(*model, *session), first);
}

TEST_P(Outputs, FollowTheInput) {
  const Network network = tiny(1);
  const auto model = compile(network);
  ASSERT_NE(model, nullptr);
  const auto session = open(*model);
  for (const std::uint64_t seed : {1, 2}) {
    const auto inputs = inputs_for(network, seed);
    load(*session, inputs);
    ASSERT_TRUE(session->run());
    const auto found = difference(reference_outputs(network, inputs)[0], outputs_of(*model, *session)[0]);
    EXPECT_TRUE(found.within(0, allowed(Precision::fp32))) << found;
  }
}

TEST_P(Outputs, ArePoisonedAndThenOverwrittenByTheNextRun) {
  const Network network = tiny(1);
  const auto model = compile(network);
  ASSERT_NE(model, nullptr);
  const auto session = open(*model);
  load(*session, inputs_for(network));
  ASSERT_TRUE(session->run());
  const auto right = outputs_of(*model, *session);
  session->poison_outputs();
  const auto poisoned = outputs_of(*model, *session);
  for (const float value : poisoned[0].as<float>()) EXPECT_TRUE(std::isnan(value));
  ASSERT_TRUE(session->run());
  EXPECT_EQ(outputs_of(*model, *session), right);
}

}  // namespace
}  // namespace deepgap::contract

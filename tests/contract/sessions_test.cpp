#include <algorithm>

#include "contract_support.hpp"

namespace deepgap::contract {
namespace {

using Sessions = EngineTest;
DEEPGAP_EVERY_ENGINE(Sessions);

TEST_P(Sessions, KeepAddressesAndInputsOverRuns) {
  const Network network = tiny(2);
  const auto model = compile(network);
  ASSERT_NE(model, nullptr);
  const auto session = open(*model);
  const auto inputs = inputs_for(network);
  load(*session, inputs);
  const std::byte* input = session->input(0).data();
  const std::byte* output = session->output(0).data();
  for (int run = 0; run < 3; ++run) ASSERT_TRUE(session->run());
  EXPECT_EQ(session->input(0).data(), input);
  EXPECT_EQ(session->output(0).data(), output);
  EXPECT_TRUE(std::ranges::equal(session->input(0), inputs[0].bytes));
}

TEST_P(Sessions, StartAndWaitGiveWhatRunGives) {
  const Network network = tiny(2);
  const auto model = compile(network);
  ASSERT_NE(model, nullptr);
  const auto session = open(*model);
  load(*session, inputs_for(network));
  ASSERT_TRUE(session->run());
  const auto right = outputs_of(*model, *session);
  session->poison_outputs();
  ASSERT_TRUE(session->start());
  const auto status = session->wait();
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_EQ(outputs_of(*model, *session), right);
}

TEST_P(Sessions, OfOneModelOverlapWithoutDisturbingEachOther) {
  const Network network = tiny(2);
  engine::CompileOptions options;
  if (engine().capabilities().streams) options.streams = 2;
  const auto model = compile(network, options);
  ASSERT_NE(model, nullptr);
  std::vector<std::unique_ptr<engine::Session>> sessions;
  for (const std::uint64_t seed : {1, 2, 3}) {
    sessions.push_back(open(*model));
    load(*sessions.back(), inputs_for(network, seed));
  }
  for (int round = 0; round < 3; ++round) {
    for (const auto& session : sessions) ASSERT_TRUE(session->start());
    for (const auto& session : sessions) ASSERT_TRUE(session->wait());
  }
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const auto right = reference_outputs(network, inputs_for(network, i + 1));
    const auto found = difference(right[0], outputs_of(*model, *sessions[i])[0]);
    EXPECT_TRUE(found.within(0, allowed(Precision::fp32))) << found;
  }
}

TEST_P(Sessions, MayBeDroppedWhileACallIsInFlight) {
  const Network network = tiny(1);
  const auto model = compile(network);
  ASSERT_NE(model, nullptr);
  for (int round = 0; round < 5; ++round) {
    const auto session = open(*model);
    ASSERT_TRUE(session->start());
  }
}

TEST_P(Sessions, OfTwoModelsLiveSideBySide) {
  const Network one = tiny(1), three = tiny(3);
  const auto first = compile(one), second = compile(three);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  const auto a = open(*first), b = open(*second);
  load(*a, inputs_for(one));
  load(*b, inputs_for(three));
  ASSERT_TRUE(a->run());
  ASSERT_TRUE(b->run());
  EXPECT_TRUE(difference(reference_outputs(one, inputs_for(one))[0], outputs_of(*first, *a)[0])
                  .within(0, allowed(Precision::fp32)));
  EXPECT_TRUE(difference(reference_outputs(three, inputs_for(three))[0], outputs_of(*second, *b)[0])
                  .within(0, allowed(Precision::fp32)));
}

}  // namespace
}  // namespace deepgap::contract

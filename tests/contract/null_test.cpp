#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>

#include "contract_support.hpp"
#include "deepgap/model/builders.hpp"

// What only the fake promises: whole-program tests lean on it.
namespace deepgap::contract {
namespace {

using ::testing::HasSubstr;
using Milliseconds = std::chrono::duration<double, std::milli>;
using Options = std::map<std::string, std::string, std::less<>>;

class NullEngine : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = engine::LoadedPlugin::open(plugin_path("null"));
    ASSERT_TRUE(opened) << opened.error().message();
    plugin_.emplace(*std::move(opened));
    auto created = plugin_->plugin().create();
    ASSERT_TRUE(created);
    engine_ = *std::move(created);
  }

  std::unique_ptr<engine::Model> compile(Options options, int streams = 1) {
    engine::CompileOptions all;
    all.options = std::move(options);
    all.streams = streams;
    auto model = engine_->compile(network_.source(), all);
    if (!model) ADD_FAILURE() << model.error().message();
    return model ? *std::move(model) : nullptr;
  }
  std::unique_ptr<engine::Session> loaded(const engine::Model& model) {
    auto session = open(model);
    load(*session, inputs_for(network_));
    return session;
  }
  Error refusal(Options options) {
    engine::CompileOptions all;
    all.options = std::move(options);
    auto model = engine_->compile(network_.source(), all);
    return model ? Error{Errc::internal, "was compiled"} : std::move(model).error();
  }
  void run_to_death(const std::string& how) {
    const auto model = compile({{"fail", how}, {"fail_at", "2"}});
    const auto session = loaded(*model);
    static_cast<void>(session->run());
    static_cast<void>(session->run());
  }

  Network network_ = tiny(1);
  std::optional<engine::LoadedPlugin> plugin_;
  std::unique_ptr<engine::Engine> engine_;
};

TEST_F(NullEngine, WaitsForItsLatency) {
  const auto model = compile({{"latency_us", "2000"}});
  const auto session = loaded(*model);
  ASSERT_TRUE(session->run());
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(session->run());
  EXPECT_GE(Milliseconds{std::chrono::steady_clock::now() - before}.count(), 10.0);
}

TEST_F(NullEngine, LatencyOverlapsBetweenSessions) {
  const auto model = compile({{"latency_us", "30000"}}, 2);
  ASSERT_EQ(model->effective().in_flight, 2);
  const auto a = loaded(*model), b = loaded(*model);
  ASSERT_TRUE(a->run());
  ASSERT_TRUE(b->run());
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(a->start());
  ASSERT_TRUE(b->start());
  ASSERT_TRUE(a->wait());
  ASSERT_TRUE(b->wait());
  const double took = Milliseconds{std::chrono::steady_clock::now() - before}.count();
  EXPECT_GE(took, 30.0);
  EXPECT_LT(took, 60.0);
}

TEST_F(NullEngine, ItsDeviceClockShowsTheShareThatWasAskedFor) {
  const auto model = compile({{"law", "trace"}, {"trace_us", "10,30"}, {"device_share", "0.5"}});
  const auto session = loaded(*model);
  ASSERT_TRUE(session->run());
  EXPECT_EQ(session->device_ns(), 5'000);
  ASSERT_TRUE(session->run());
  EXPECT_EQ(session->device_ns(), 15'000);
  EXPECT_FALSE(loaded(*compile({{"latency_us", "10"}}))->device_ns()) << "no clock unless asked for";
}

TEST_F(NullEngine, FailsFromTheCallThatWasNamed) {
  const auto model = compile({{"fail", "run"}, {"fail_at", "3"}});
  const auto session = loaded(*model);
  EXPECT_TRUE(session->run());
  EXPECT_TRUE(session->run());
  for (int i = 0; i < 2; ++i) {
    const auto status = session->run();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Errc::engine_failure);
  }
}

TEST_F(NullEngine, GivesWrongNumbersWhenAskedTo) {
  const auto model = compile({{"fail", "output"}, {"fail_at", "2"}});
  const auto session = loaded(*model);
  const auto right = reference_outputs(network_, inputs_for(network_));
  ASSERT_TRUE(session->run());
  EXPECT_TRUE(difference(right[0], outputs_of(*model, *session)[0]).within(0, 1e-4));
  for (int i = 0; i < 2; ++i) {
    session->poison_outputs();
    ASSERT_TRUE(session->run());
    EXPECT_FALSE(difference(right[0], outputs_of(*model, *session)[0]).within(0, 0.1));
  }
}

TEST_F(NullEngine, GivesNanWhenAskedTo) {
  const auto model = compile({{"fail", "nan"}});
  const auto session = loaded(*model);
  ASSERT_TRUE(session->run());
  const auto outputs = outputs_of(*model, *session);
  for (const float value : outputs[0].as<float>()) EXPECT_TRUE(std::isnan(value));
}

TEST_F(NullEngine, RefusesToCompileWhenAskedTo) {
  EXPECT_EQ(refusal({{"fail", "compile"}}).code(), Errc::engine_failure);
  EXPECT_EQ(refusal({{"fail", "unavailable"}}).code(), Errc::unavailable);
  const Error unsupported = refusal({{"fail", "unsupported"}});
  EXPECT_EQ(unsupported.code(), Errc::unsupported);
  EXPECT_THAT(unsupported.message(), HasSubstr("Conv"));
}

TEST_F(NullEngine, ReadsBackAnotherPrecisionWhenAskedTo) {
  const auto model = compile({{"runs_as", "bf16"}});
  EXPECT_EQ(model->effective().precision, Precision::bf16);
}

TEST_F(NullEngine, CarriesAReasonForMistrust) {
  const auto model = compile({{"mistrust", "because"}});
  EXPECT_EQ(model->effective().mistrust, std::vector<std::string>{"because"});
}

TEST_F(NullEngine, SaysThatALargeNetworkIsNotComputed) {
  auto graph = model::build("resnet18");
  ASSERT_TRUE(graph) << graph.error().message();
  const Network large = network_of(*std::move(graph), 1);
  const auto model = engine_->compile(large.source(), {});
  ASSERT_TRUE(model) << model.error().message();
  ASSERT_EQ((*model)->effective().mistrust.size(), 1U);
  EXPECT_THAT((*model)->effective().mistrust[0], HasSubstr("this large"));
  const auto session = open(**model);
  EXPECT_TRUE(session->run());
}

using NullEngineDeathTest = NullEngine;

TEST_F(NullEngineDeathTest, DiesInTheWayThatWasAskedFor) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(run_to_death("crash"), ::testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT(run_to_death("abort"), ::testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(run_to_death("oom"), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(run_to_death("exit"), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace deepgap::contract

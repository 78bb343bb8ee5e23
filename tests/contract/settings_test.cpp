#include <unistd.h>

#include <filesystem>

#include "contract_support.hpp"

namespace deepgap::contract {
namespace {

using Settings = EngineTest;
DEEPGAP_EVERY_ENGINE(Settings);

TEST_P(Settings, AreAllAskedForAndReadBack) {
  const auto model = compile(tiny(1));
  ASSERT_NE(model, nullptr);
  const engine::Effective& effective = model->effective();
  EXPECT_FALSE(effective.settings.empty());
  for (const auto& [key, setting] : effective.settings) {
    EXPECT_FALSE(setting.requested.empty()) << key;
    EXPECT_TRUE(setting.effective.has_value()) << key;
  }
  EXPECT_TRUE(effective.mistrust.empty());
  EXPECT_GE(effective.in_flight, 1);
}

TEST_P(Settings, ThreadsAreWhatWasAsked) {
  if (!engine().capabilities().threads) GTEST_SKIP() << "no thread setting";
  engine::CompileOptions options;
  options.threads = 1;
  const auto model = compile(tiny(1), options);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->effective().threads, 1);
  EXPECT_EQ(model->effective().settings.at("threads").requested, "1");
  EXPECT_EQ(model->effective().settings.at("threads").effective, "1");
}

TEST_P(Settings, StreamsAreWhatWasAskedAndWantAsManySessions) {
  if (!engine().capabilities().streams) GTEST_SKIP() << "no stream setting";
  engine::CompileOptions options;
  options.streams = 2;
  options.threads = 2;
  const auto model = compile(tiny(1), options);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->effective().streams, 2);
  EXPECT_EQ(model->effective().settings.at("streams").effective, "2");
  EXPECT_GE(model->effective().in_flight, 2);
}

TEST_P(Settings, EveryHintIsTakenAndReadBack) {
  for (const std::string& hint : engine().capabilities().hints) {
    engine::CompileOptions options;
    options.hint = hint;
    const auto model = compile(tiny(1), options);
    ASSERT_NE(model, nullptr);
    EXPECT_EQ(model->effective().settings.at("hint").requested, hint);
    EXPECT_EQ(model->effective().settings.at("hint").effective, hint);
  }
}

TEST_P(Settings, ACacheFolderChangesNeitherOutputsNorWhatIsReadBack) {
  const auto folder = std::filesystem::path{::testing::TempDir()} /
                      ("deepgap_contract_cache_" + GetParam() + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  engine::CompileOptions options;
  options.cache_dir = folder.string();
  const Network network = tiny(1);
  std::vector<Tensor> first;
  for (int round = 0; round < 2; ++round) {
    const auto model = compile(network, options);
    ASSERT_NE(model, nullptr);
    EXPECT_EQ(model->effective().precision, Precision::fp32) << model->effective().precision_evidence;
    const auto session = open(*model);
    load(*session, inputs_for(network));
    ASSERT_TRUE(session->run());
    if (round == 0)
      first = outputs_of(*model, *session);
    else
      EXPECT_EQ(outputs_of(*model, *session), first);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace deepgap::contract

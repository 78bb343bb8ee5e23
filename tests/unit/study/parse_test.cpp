#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deepgap/study/study.hpp"

namespace deepgap::study {
namespace {

using ::testing::ElementsAre;

std::string full_study() {
  std::ifstream file{DEEPGAP_TEST_DATA "/study/full.toml", std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

Study parsed(std::string_view toml) {
  auto study = parse(toml);
  if (study) return *std::move(study);
  ADD_FAILURE() << study.error().message();
  return {};
}

TEST(Parse, ReadsEveryKey) {
  const Study study = parsed(full_study());
  EXPECT_EQ(study.name, "full");
  EXPECT_THAT(study.models, ElementsAre("resnet50", "nets/my net.onnx"));
  EXPECT_THAT(study.precisions, ElementsAre(Precision::fp32, Precision::int8));
  EXPECT_THAT(study.batches, ElementsAre(1, 32));
  EXPECT_THAT(study.engines, ElementsAre("openvino", "null"));
  EXPECT_THAT(study.devices, ElementsAre("cpu", "cuda:all"));
  EXPECT_THAT(study.threads, ElementsAre(0, 2));
  EXPECT_THAT(study.streams, ElementsAre(1, 2));
  EXPECT_THAT(study.hints, ElementsAre("", "latency"));
  EXPECT_THAT(study.scenarios, ElementsAre("closed"));
  EXPECT_EQ(study.calibration, "percentile");
  EXPECT_THAT(study.options.at("null").at("law"), ElementsAre("fixed", "normal"));
  EXPECT_THAT(study.options.at("null").at("mean_us"), ElementsAre("250"));
  EXPECT_THAT(study.options.at("null").at("share"), ElementsAre("0.5", "1"));
  EXPECT_THAT(study.options.at("null").at("drift"), ElementsAre("false"));
}

TEST(Parse, ReadsEveryMeasureKey) {
  const Measure m = parsed(full_study()).measure;
  EXPECT_EQ(m.profile, Profile::strict);
  EXPECT_DOUBLE_EQ(m.target, 0.02);
  EXPECT_EQ(m.time_budget_s, 5400);
  EXPECT_EQ(m.case_timeout_s, 45);
  EXPECT_EQ(m.cache, "cold");
  EXPECT_EQ(m.inputs, "fresh");
  EXPECT_EQ(m.seed, 7u);
  EXPECT_EQ(m.stop_on, "p99");
  EXPECT_EQ(m.rounds, 8);
  EXPECT_EQ(m.processes, 4);
  EXPECT_EQ(m.round_min_s, 0.05);
  EXPECT_EQ(m.round_cap_s, 2);
  EXPECT_EQ(m.round_min_samples, 64);
  EXPECT_EQ(m.memory_limit_mb, 2000);
}

TEST(Parse, HasADefaultForAllButModels) {
  const Study study = parsed("models = ['resnet50']");
  EXPECT_EQ(study.name, "study");
  EXPECT_THAT(study.engines, ElementsAre("auto"));
  EXPECT_THAT(study.devices, ElementsAre("auto"));
  EXPECT_THAT(study.precisions, ElementsAre(Precision::fp32));
  EXPECT_THAT(study.batches, ElementsAre(1));
  EXPECT_EQ(study.measure.profile, Profile::standard);
  EXPECT_EQ(study.measure.time_budget_s, std::nullopt);
  EXPECT_EQ(study.measure.rounds, std::nullopt);
}

TEST(Parse, TakesOneValueForAListOfOne) {
  const Study study =
      parsed("models = 'resnet50'\nbatches = 4\nengines = 'openvino'\nprecisions = 'int8'\nthreads = 2");
  EXPECT_THAT(study.batches, ElementsAre(4));
  EXPECT_THAT(study.engines, ElementsAre("openvino"));
  EXPECT_THAT(study.precisions, ElementsAre(Precision::int8));
}

TEST(Parse, TakesTimesAndSharesAsNumbersToo) {
  const Measure m =
      parsed("models = 'a'\n[measure]\ntarget = 0.05\ntime_budget = 90\ncase_timeout = 1.5").measure;
  EXPECT_DOUBLE_EQ(m.target, 0.05);
  EXPECT_EQ(m.time_budget_s, 90);
  EXPECT_EQ(m.case_timeout_s, 1.5);
}

TEST(Parse, TakesTheLargestSeedTomlCanHold) {
  EXPECT_EQ(parsed("models = 'a'\n[measure]\nseed = 9223372036854775807").measure.seed,
            9223372036854775807ULL);
}

// Bytes of a good study changed, dropped and repeated: whatever comes out, it must end in a Study or an
// Error.
TEST(Parse, SurvivesDamagedStudies) {
  std::mt19937 random{11};
  const std::string good = full_study();
  int refused = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string text = good;
    for (auto left = random() % 4 + 1; left > 0; --left) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random() % 256); break;
        case 1: text.erase(at, random() % 20); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 20));
      }
    }
    if (const auto study = parse(text); !study) {
      ++refused;
      EXPECT_EQ(study.error().code(), Errc::invalid_input);
      EXPECT_FALSE(study.error().message().empty());
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(Parse, RefusesNestingThatWouldOverflowTheStack) {
  std::string dotted = "a";
  for (int i = 0; i < 200'000; ++i) dotted += ".a";
  const std::string brackets(200'000, '[');
  std::string tables = "models = ";
  for (int i = 0; i < 100'000; ++i) tables += "{a=";
  for (const std::string& text : {dotted + " = 1", "[" + dotted + "]", "models = " + brackets, tables})
    EXPECT_FALSE(parse(text));
}

}  // namespace
}  // namespace deepgap::study

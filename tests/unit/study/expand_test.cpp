#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deepgap/study/study.hpp"

namespace deepgap::study {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Available kMachine{{"null", {"cpu"}, false}, {"openvino", {"cpu"}}, {"tensorrt", {"cuda:0", "cuda:1"}}};

Study parsed(std::string_view toml, const std::filesystem::path& file = {}) {
  auto study = parse(toml, file);
  if (study) return *std::move(study);
  ADD_FAILURE() << study.error().message();
  return {};
}

std::vector<Case> cases_of(const Study& study, const Available& available = kMachine) {
  auto cases = expand(study, available);
  if (cases) return *std::move(cases);
  ADD_FAILURE() << cases.error().message();
  return {};
}

// "engine@device" of every case, in order.
std::vector<std::string> places(std::string_view toml, const Available& available = kMachine) {
  std::vector<std::string> texts;
  for (const Case& c : cases_of(parsed("models = 'm'\n" + std::string{toml}), available))
    texts.push_back(c.engine + '@' + c.device);
  return texts;
}

TEST(Expand, CrossesEveryAxisInAStableOrder) {
  const Study study = parsed(
      "models = ['a', 'b']\nengines = 'openvino'\ndevices = 'cpu'\nprecisions = ['int8', 'fp32']\nbatches = "
      "[4, 1]");
  std::vector<std::string> order;
  for (const Case& c : cases_of(study))
    order.push_back(c.model + ' ' + std::string{name(c.precision)} + ' ' + std::to_string(c.batch));
  EXPECT_THAT(order, ElementsAre("a int8 4", "a int8 1", "a fp32 4", "a fp32 1", "b int8 4", "b int8 1",
                                 "b fp32 4", "b fp32 1"));
}

TEST(Expand, CarriesEveryAxisIntoTheCase) {
  const Study study = parsed(
      "models = 'm'\nengines = 'null'\ndevices = 'cpu'\nthreads = 3\nstreams = 2\nhints = 'latency'\n"
      "precisions = 'int8'\ncalibration = 'percentile'\n[engine.null]\nlaw = 'fixed'");
  const auto cases = cases_of(study);
  ASSERT_EQ(cases.size(), 1u);
  EXPECT_EQ(canonical(cases[0]),
            "engine=null device=cpu model=m precision=int8 batch=1 threads=3 streams=2 "
            "hint=latency calibration=percentile null.law=fixed");
}

TEST(Expand, MakesEngineOptionsAxesOfThatEngineOnly) {
  const Study study = parsed(
      "models = 'm'\nengines = ['null', 'openvino']\ndevices = 'cpu'\n[engine.null]\na = [1, 2]\nb = ['x', "
      "'y', 'z']");
  const auto cases = cases_of(study);
  EXPECT_EQ(cases.size(), 7u);
  EXPECT_EQ(std::count_if(cases.begin(), cases.end(), [](const Case& c) { return c.options.empty(); }), 1);
}

TEST(Expand, NeverMakesACaseTwice) {
  const Study study =
      parsed("models = ['m.onnx', './m.onnx']\nengines = ['auto', 'openvino']\ndevices = ['auto', 'cpu']");
  std::set<std::string> texts;
  const auto cases = cases_of(study);
  for (const Case& c : cases) texts.insert(canonical(c));
  EXPECT_EQ(texts.size(), cases.size());
}

TEST(Auto, TakesEveryEngineOnItsDevicesButNotTheFake) {
  EXPECT_THAT(places(""), ElementsAre("openvino@cpu", "tensorrt@cuda:0", "tensorrt@cuda:1"));
  EXPECT_THAT(places("engines = ['null', 'auto']\ndevices = 'cpu'"), ElementsAre("null@cpu", "openvino@cpu"));
}

TEST(Auto, GivesEnginesItChoseOnlyDevicesTheyHave) {
  EXPECT_THAT(places("devices = 'cuda:1'"), ElementsAre("tensorrt@cuda:1"));
  EXPECT_THAT(places("devices = ['cuda:all', 'cpu']"),
              ElementsAre("tensorrt@cuda:0", "tensorrt@cuda:1", "openvino@cpu"));
}

TEST(Auto, KeepsWhatWasAskedForByNameSoThatItsSkipIsSeen) {
  EXPECT_THAT(places("engines = 'openvino'\ndevices = ['cpu', 'cuda:0']"),
              ElementsAre("openvino@cpu", "openvino@cuda:0"));
  EXPECT_THAT(places("engines = 'openvino'\ndevices = 'cuda:all'"), ElementsAre("openvino@cuda:all"));
  EXPECT_THAT(places("engines = 'libtorch'"), ElementsAre("libtorch@auto"));
  EXPECT_THAT(places("engines = 'libtorch'\ndevices = 'cpu'", {}), ElementsAre("libtorch@cpu"));
}

TEST(Auto, KeepsADevicesEnginesTogether) {
  const Available machine{{"a", {"cpu", "cuda:0"}}, {"b", {"cpu", "cuda:0"}}};
  EXPECT_THAT(places("", machine), ElementsAre("a@cpu", "b@cpu", "a@cuda:0", "b@cuda:0"));
}

TEST(Auto, IsUnavailableWhenItFindsNothing) {
  const auto none = expand(parsed("models = 'm'"), {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Errc::unavailable);
  EXPECT_THAT(none.error().message(), HasSubstr("'deepgap list engines' says why"));
  EXPECT_FALSE(expand(parsed("models = 'm'\ndevices = 'cuda:9'"), kMachine));
}

TEST(ModelPaths, AreRelativeToTheStudysFolder) {
  const std::string toml =
      "models = ['resnet50', 'nets/a.onnx', '../b.onnx', '/abs/c.onnx']\nengines='null'\ndevices='cpu'";
  std::vector<std::string> models;
  for (const Case& c : cases_of(parsed(toml, "studies/s.toml"))) models.push_back(c.model);
  EXPECT_THAT(models, ElementsAre("resnet50", "studies/nets/a.onnx", "b.onnx", "/abs/c.onnx"));
}

TEST(ModelPaths, StayPathsBesideAStudyInTheCurrentFolder) {
  for (const Case& c : cases_of(parsed("models = './net'\nengines='null'\ndevices='cpu'", "s.toml")))
    EXPECT_TRUE(is_path(c.model)) << c.model;
}

TEST(Expand, RefusesMoreCasesThanAnyoneMeasures) {
  Study study = parsed("models = 'm'\nengines = 'null'\ndevices = 'cpu'");
  study.batches.resize(1'000);
  std::iota(study.batches.begin(), study.batches.end(), 1);
  study.threads.resize(100);
  std::iota(study.threads.begin(), study.threads.end(), 0);
  EXPECT_EQ(cases_of(study).size(), kMaxCases);
  study.streams = {1, 2};
  const auto cases = expand(study, kMachine);
  ASSERT_FALSE(cases);
  EXPECT_THAT(cases.error().message(), HasSubstr("more than 100000 cases"));
}

TEST(Expand, RefusesOptionAxesThatMultiplyBeyondMemory) {
  std::string toml = "models = 'm'\nengines = 'null'\n[engine.null]\n";
  for (int key = 0; key < 40; ++key) toml.append("k").append(std::to_string(key)).append(" = [1, 2, 3, 4]\n");
  EXPECT_FALSE(expand(parsed(toml), kMachine));
}

TEST(Fingerprint, ChangesWithEveryKeyThatDecidesAMeasurement) {
  const std::string base = "models = ['a']\n";
  std::set<std::string> prints{fingerprint(parsed(base))};
  const std::vector<std::string> changes{"engines = 'null'",
                                         "devices = 'cpu'",
                                         "precisions = 'int8'",
                                         "batches = 2",
                                         "threads = 2",
                                         "streams = 2",
                                         "hints = 'latency'",
                                         "calibration = 'percentile'",
                                         "[engine.null]\nlaw = 'x'",
                                         "[engine.null]\nlaw = ['x', 'y']",
                                         "[measure]\nprofile = 'quick'",
                                         "[measure]\ntarget = '2%'",
                                         "[measure]\nseed = 2",
                                         "[measure]\nstop_on = 'p50'",
                                         "[measure]\nrounds = 7",
                                         "[measure]\nprocesses = 7",
                                         "[measure]\nround_min = 7",
                                         "[measure]\nround_cap = 7",
                                         "[measure]\nround_min_samples = 17"};
  for (const std::string& change : changes)
    EXPECT_TRUE(prints.insert(fingerprint(parsed(base + change))).second) << change;
  EXPECT_TRUE(prints.insert(fingerprint(parsed("models = ['a', 'b']"))).second);
}

TEST(Fingerprint, IgnoresNamesOrderAndHowLongItMayTake) {
  const std::string expected = fingerprint(parsed("models = ['a', 'b']\nbatches = [1, 2]"));
  EXPECT_EQ(fingerprint(parsed("name = 'other'\nbatches = [2, 1]\nmodels = ['b', 'a']\n"
                               "[measure]\ntime_budget = '9m'\ncase_timeout = 9\nmemory_limit = '9GB'",
                               "elsewhere/s.toml")),
            expected);
}

}  // namespace
}  // namespace deepgap::study

#include <algorithm>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deepgap/study/study.hpp"

// What a study refuses, and that the message says where, what was given and what is allowed.
namespace deepgap::study {
namespace {

using ::testing::HasSubstr;

struct Refusal {
  const char* toml;  // after "models = 'a'\n", so its first line is line 2
  const char* message;
  friend std::ostream& operator<<(std::ostream& out, const Refusal& refusal) { return out << refusal.toml; }
};

std::string why_not(const std::string& toml) {
  const auto study = parse(toml, "s.toml");
  return study ? "accepted" : study.error().message();
}

class Refuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refuses, WithPlaceGivenAndAllowed) {
  EXPECT_THAT(why_not(std::string{"models = 'a'\n"} + GetParam().toml), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    TopLevel, Refuses,
    ::testing::Values(
        Refusal{"batchs = 4",
                "s.toml:2:1: unknown key 'batchs'; did you mean 'batches'? allowed: name, models,"},
        Refusal{"zebra = 4", "s.toml:2:1: unknown key 'zebra'; allowed: name, models,"},
        Refusal{"batches = 0", "s.toml:2:11: batches: 0 is given; allowed: whole numbers from 1 to 1048576"},
        Refusal{"batches = [1, -4]", "s.toml:2:15: batches: -4 is given"},
        Refusal{"batches = 1048577", "s.toml:2:11: batches: 1048577 is given"},
        Refusal{"batches = 4.0", "s.toml:2:11: batches: 4 is given"},
        Refusal{"batches = '4'", "s.toml:2:11: batches: '4' is given"},
        Refusal{"batches = []", "s.toml:2:11: batches: the list is empty"},
        Refusal{"batches = [1, 2, 1]", "s.toml:2:18: batches: 1 is given twice"},
        Refusal{"batches = [[1]]", "s.toml:2:12: batches: a list is given"},
        Refusal{"batches = {a = 1}", "s.toml:2:11: batches: a table is given"},
        Refusal{"batches = 2024-01-01", "s.toml:2:11: batches: a date or time is given"},
        Refusal{"threads = -1", "threads: -1 is given; allowed: whole numbers from 0 to"},
        Refusal{"streams = 0", "streams: 0 is given; allowed: whole numbers from 1 to"},
        Refusal{"precisions = ['fp31']",
                "s.toml:2:15: precisions: 'fp31' is given; did you mean 'fp32'? allowed: fp32"},
        Refusal{"precisions = ['fp32', 'fp32']", "precisions: 'fp32' is given twice"},
        Refusal{"precisions = 32", "precisions: 32 is given; allowed: one of fp32, tf32"},
        Refusal{"engines = 'OpenVINO'", "engines: 'OpenVINO' is given; did you mean 'openvino'?"},
        Refusal{"engines = '../x'", "engines: '../x' is given; an engine's name is lower-case letters"},
        Refusal{"devices = 'gpu'",
                "devices: 'gpu' is given; did you mean 'cpu'? allowed: cpu, cuda:<number>"},
        Refusal{"devices = 'cuda'", "devices: 'cuda' is given; allowed: cpu, cuda:<number>, cuda:all, auto"},
        Refusal{"devices = 'cuda:-1'", "devices: 'cuda:-1' is given"},
        Refusal{"devices = 'cuda:01'", "devices: 'cuda:01' is given"},
        Refusal{"hints = 'latncy'",
                "hints: 'latncy' is given; did you mean 'latency'? allowed: \"\", latency"},
        Refusal{"calibration = 'max'", "calibration: 'max' is given; allowed: minmax, percentile"},
        Refusal{"name = ''", "s.toml:2:8: name: is empty text"},
        Refusal{"name = \"a\\nb\"", "name: 'a?b' is given; allowed: text without control characters"},
        Refusal{"name = ['a']", "name: a list is given; allowed: text in quotes"},
        Refusal{"name = 'a'\nname = 'b'", "s.toml:3:"},
        Refusal{"measure = 3", "measure: 3 is given; allowed: a table, written [measure]"},
        Refusal{"x = ", "s.toml:2:5: not valid TOML"}, Refusal{"\"\" = 1", "unknown key ''"}));

INSTANTIATE_TEST_SUITE_P(
    Measure, Refuses,
    ::testing::Values(
        Refusal{"[measure]\nprofil = 'quick'",
                "s.toml:3:1: unknown key 'profil' in measure; did you mean 'profile'?"},
        Refusal{"[measure]\nprofile = 'fast'",
                "s.toml:3:11: measure.profile: 'fast' is given; allowed: quick, standard"},
        Refusal{"[measure]\ntarget = '0%'",
                "measure.target: 0 % is given; allowed: above 0 %, at most 100 %"},
        Refusal{"[measure]\ntarget = '-1%'", "measure.target: -1 % is given"},
        Refusal{"[measure]\ntarget = '150%'", "measure.target: 150 % is given"},
        Refusal{"[measure]\ntarget = 0.0", "measure.target: 0 % is given"},
        Refusal{"[measure]\ntarget = -0.01", "measure.target: -1 % is given"},
        Refusal{"[measure]\ntarget = 1.5", "measure.target: 150 % is given"},
        Refusal{"[measure]\nround_cap = 0", "measure.round_cap: 0 s is given; allowed: above 0"},
        Refusal{"[measure]\nround_cap = -1", "measure.round_cap: -1 s is given"},
        Refusal{"[measure]\ntarget = 1", "measure.target: 1 is given; write a share as in \"1%\" or 0.01"},
        Refusal{"[measure]\ntarget = nan", "measure.target: nan % is given"},
        Refusal{"[measure]\ntarget = true", "measure.target: true is given"},
        Refusal{"[measure]\ntime_budget = '5'",
                "measure.time_budget: '5' is given; allowed: a number with its unit"},
        Refusal{"[measure]\ntime_budget = 0", "measure.time_budget: 0 s is given; allowed: above 0"},
        Refusal{"[measure]\ntime_budget = -inf", "measure.time_budget: -inf s is given"},
        Refusal{"[measure]\ncase_timeout = []", "measure.case_timeout: a list is given"},
        Refusal{"[measure]\nseed = -1", "measure.seed: -1 is given"},
        Refusal{"[measure]\nseed = 1.5", "measure.seed: 1.5 is given"},
        Refusal{"[measure]\nseed = 9223372036854775808", "s.toml:3:"},
        Refusal{"[measure]\nstop_on = 'p98'", "measure.stop_on: 'p98' is given; did you mean"},
        Refusal{"[measure]\ncache = 'warm'", "measure.cache: 'warm' is given; allowed: hot, cold"},
        Refusal{"[measure]\nprotocol = 'deepgap'",
                "measure.protocol: 'deepgap' is given; did you mean 'deep-gap'?"},
        Refusal{"[measure]\nprotocol = 'deep-gap'\nrounds = 5", "remove this key"},
        Refusal{"[measure]\ninputs = 'frsh'", "measure.inputs: 'frsh' is given; did you mean 'fresh'?"},
        Refusal{"[measure]\nrounds = 0", "measure.rounds: 0 is given; allowed: whole numbers from 1 to"},
        Refusal{"[measure]\nmemory_limit = 2000",
                "measure.memory_limit: 2000 is given; allowed: a size as in"},
        Refusal{"[measure]\nmemory_limit = '2gb'", "measure.memory_limit: '2gb' is given"},
        Refusal{"[measure]\nround_min = 3\nround_cap = 2",
                "s.toml:3:13: measure.round_min: 3 s is more than round_cap"},
        Refusal{"[measure]\nround_min = '2m'\ntime_budget = '1m'", "is more than time_budget, 60 s"},
        Refusal{"[measure]\nprofile = 'quick'\nprocesses = 6",
                "measure.processes: 6 is given, but there are 5 rounds"},
        Refusal{"[measure]\nrounds = 2\nprocesses = 3",
                "measure.processes: 3 is given, but there are 2 rounds"}));

INSTANTIATE_TEST_SUITE_P(
    Tables, Refuses,
    ::testing::Values(
        Refusal{"[[scenario]]\nkind = 'server'",
                "s.toml:3:8: scenario.kind: 'server' is given; allowed: closed"},
        Refusal{"[[scenario]]\nrate = 3", "s.toml:3:1: unknown key 'rate' in scenario"},
        Refusal{"[[scenario]]\n[[scenario]]", "s.toml:3:1: scenario.kind: 'closed' is given twice"},
        Refusal{"scenario = 'closed'", "scenario: 'closed' is given; allowed: tables, written [[scenario]]"},
        Refusal{"scenario = []", "allowed: tables, written [[scenario]]"},
        Refusal{"engines = 'openvino'\n[engine.null]\nlaw = 'x'",
                "engine.null: the study's engines do not include it"},
        Refusal{"engines = 'openvino'\n[engine.openvnio]", "did you mean 'openvino'? engines: openvino"},
        Refusal{"[engine]\nnull = 3", "engine.null: 3 is given; allowed: a table, written [engine.null]"},
        Refusal{"[engine.null]\nlaw = []", "s.toml:3:7: engine.null.law: the list is empty"},
        Refusal{"[engine.null]\nlaw = {a = 1}", "engine.null.law: a table is given; allowed: text, a number"},
        Refusal{"[engine.null]\nlaw = ['a', 'a']", "engine.null.law: 'a' is given twice"},
        Refusal{"engine = 'null'", "engine: 'null' is given; allowed: a table, written [engine]"}));

TEST(RefusesStudy, WithoutModels) {
  EXPECT_EQ(why_not(""), "s.toml: the key 'models' is missing; for example: models = [\"resnet50\"]");
  EXPECT_THAT(why_not("models = []"), HasSubstr("s.toml:1:10: models: the list is empty"));
  EXPECT_THAT(why_not("models = ['']"), HasSubstr("s.toml:1:11: models: is empty text"));
}

TEST(RefusesStudy, AndTellsEveryProblemAtOnce) {
  const std::string text =
      why_not("models = 'a'\nbatches = 0\nprecisions = 'fp31'\n[measure]\ntarget = '0%'\nx = 1\n");
  for (const char* part : {"s.toml:2:11", "s.toml:3:14", "s.toml:5:10", "s.toml:6:1"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(RefusesStudy, ButStopsTellingAfterTwentyProblems) {
  std::string toml = "models = 'a'\n";
  for (int i = 0; i < 500; ++i) toml.append("key").append(std::to_string(i)).append(" = 1\n");
  const std::string text = why_not(toml);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_THAT(text, HasSubstr("s.toml: and 480 more"));
}

TEST(RefusesStudy, WithListsTooLongToCompare) {
  std::string toml = "models = 'a'\nbatches = [1";
  for (int i = 2; i < 2'000; ++i) toml.append(", ").append(std::to_string(i));
  EXPECT_THAT(why_not(toml + "]"), HasSubstr("batches: the list has 1999 values; allowed: at most 1000"));
}

TEST(RefusesStudy, WithoutLettingItsTextReachTheTerminal) {
  EXPECT_EQ(why_not("models = 'a'\n\"\\u001b[31m\" = 1").find('\x1b'), std::string::npos);
  EXPECT_LT(why_not("models = 'a'\n" + std::string(500'000, 'k') + " = 1").size(), 400u);
}

}  // namespace
}  // namespace deepgap::study

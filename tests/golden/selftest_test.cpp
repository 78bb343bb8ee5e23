#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "program.hpp"

// `deepgap selftest` on the fake engine, whose noise is seeded: what it says of a case against itself and of
// two.
namespace deepgap::golden {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kNoisy = "engine=null model=tiny null.law=lognormal null.cv=0.2 null.latency_us=200";
const std::string kSlower = "engine=null model=tiny null.law=lognormal null.cv=0.2 null.latency_us=1000";

class Selftest : public Program {
 protected:
  nlohmann::json document(const Words& words) {
    const Ended ended = run(words);
    EXPECT_EQ(ended.code, 0) << ended.err << ended.out;
    auto parsed = nlohmann::json::parse(ended.out, nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << ended.out;
    return parsed.is_object() ? parsed : nlohmann::json::object();
  }
};

TEST_F(Selftest, NoisyCaseAgainstItselfIsWithinTheNominalRate) {
  const auto result = document({"selftest", kNoisy, "--comparisons", "2", "--json", "-q"});
  EXPECT_EQ(result.at("comparisons"), 2);
  EXPECT_EQ(result.at("against_itself"), true);
  EXPECT_EQ(result.at("too_many_differences"), false);
  EXPECT_EQ(result.at("each").size(), 2U);
  EXPECT_EQ(result.at("rounds"), 2 * 2 * 5);
  EXPECT_TRUE(result.at("resolutions").at(0).at("tells_apart").is_number());
  EXPECT_THAT(result.at("note").get<std::string>(), HasSubstr("fake engine"));
}

TEST_F(Selftest, ForcedDifferenceOfTwoCasesIsFound) {
  const auto result = document({"selftest", kNoisy, kSlower, "--comparisons", "1", "--json", "-q"});
  EXPECT_EQ(result.at("comparisons"), 1);
  EXPECT_EQ(result.at("overall").at("verdict"), "slower");
  EXPECT_GT(result.at("overall").at("ratio"), 2);
  EXPECT_LT(result.at("overall").at("ratio"), 12);
  EXPECT_EQ(result.at("too_many_differences"), nullptr);
  EXPECT_THAT(result.at("sentence").get<std::string>(), HasSubstr("B is slower"));
}

TEST_F(Selftest, TextSaysWhatCanBeToldApartAndHowOftenItWasWrong) {
  const Ended ended = run({"selftest", "--engine", "null", "--comparisons", "1"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("against itself: 1 comparison of 5 rounds a side"),
                               HasSubstr("This machine can tell "), HasSubstr("False differences: "),
                               HasSubstr("tells apart"), HasSubstr("the fake engine only waits")));
  EXPECT_THAT(ended.err, HasSubstr("selftest: comparison 1 of 1, round 1 of 5"));
}

TEST_F(Selftest, SameProcessMeasuresBothSidesInOne) {
  const auto result =
      document({"selftest", "--engine", "null", "--comparisons", "1", "--same-process", "--json"});
  EXPECT_EQ(result.at("same_process"), true);
  EXPECT_EQ(result.at("rounds"), 10);
}

TEST_F(Selftest, WordsThatMakeNoSenseAreUsageErrors) {
  const std::string other = "engine=null model=tiny batch=2";
  EXPECT_EQ(run({"selftest", "engine=null"}).code, 2);
  EXPECT_EQ(run({"selftest", kNoisy, "--time", "5"}).code, 2);
  EXPECT_EQ(run({"selftest", kNoisy, "--comparisons", "0"}).code, 2);
  EXPECT_EQ(run({"selftest", kNoisy, kNoisy, kNoisy}).code, 2);
  EXPECT_EQ(run({"selftest", kNoisy, "--engine", "null"}).code, 2);
  EXPECT_THAT(run({"selftest", "--engine", "nul"}).err, HasSubstr("did you mean 'null'?"));
  EXPECT_THAT(run({"selftest", "--engine", "null", "--model", "resnet19"}).err, HasSubstr("resnet18"));
  const Ended two = run({"selftest", kNoisy, other, "--same-process"});
  EXPECT_EQ(two.code, 2);
  EXPECT_THAT(two.err, HasSubstr("--same-process"));
}

TEST_F(Selftest, EngineThatFailsIsAMessage) {
  const Ended crash = run({"selftest", "engine=null model=tiny null.fail=crash", "-q"});
  EXPECT_EQ(crash.code, 1);
  EXPECT_THAT(crash.err, AllOf(HasSubstr("comparison 1, side"), HasSubstr("signal 11")));
  EXPECT_THAT(crash.out, IsEmpty());
  const Ended impossible = run({"selftest", "engine=null model=tiny precision=fp8", "-q"});
  EXPECT_EQ(impossible.code, 4);
  EXPECT_THAT(impossible.err, HasSubstr("fp8"));
}

TEST_F(Selftest, CtrlCReportsWhatThereIs) {
  Running running = start({"selftest", kNoisy, "--comparisons", "1000"});
  ASSERT_TRUE(eventually([&] { return !running.workers().empty() || is_gone(running.pid()); }));
  ASSERT_TRUE(eventually([&] { return running.said().find("round 1 of 5") != std::string::npos; }));
  running.signal(SIGINT);
  const Ended ended = running.wait();
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("Interrupted"));
}

// Without a real engine.
class BareSelftest : public Selftest {
 protected:
  BareSelftest() {
    const auto plugins = folder() / "plugins";
    std::filesystem::create_directory(plugins);
    std::filesystem::create_symlink(std::filesystem::path{DEEPGAP_PLUGINS} / "libdeepgap_null.so",
                                    plugins / "libdeepgap_null.so");
    settings_.more = {{"DEEPGAP_PLUGIN_PATH", plugins.string()}};
  }
  Settings settings_;
};

TEST_F(BareSelftest, SaysThatOnlyTheFakeEngineIsThere) {
  const Ended ended = run({"selftest", "--comparisons", "1", "-q"}, settings_);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("engine=null"), HasSubstr("the fake engine only waits"),
                               HasSubstr("deepgap list engines")));
  EXPECT_EQ(run({"selftest", "--engine", "openvino"}, settings_).code, 3);
}

TEST_F(BareSelftest, NoEngineAtAllIsUnavailable) {
  settings_.more = {{"DEEPGAP_PLUGIN_PATH", (folder() / "nothing").string()}};
  const Ended ended = run({"selftest"}, settings_);
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("deepgap list engines"));
  const Ended doctor = run({"doctor", "--full", "--seconds", "0.1"}, settings_);
  EXPECT_THAT(doctor.out, HasSubstr("Selftest: not possible: "));
}

TEST_F(BareSelftest, DoctorShowsItsSentence) {
  const Words words{"doctor", "--full", "--seconds", "0.1", "--selftest-seconds", "0.1"};
  EXPECT_THAT(run(words, settings_).out,
              AllOf(HasSubstr("Selftest: This machine can"), HasSubstr("False differences: "),
                    HasSubstr("Measured on engine=null")));
  Words json = words;
  json.push_back("--json");
  const auto parsed = nlohmann::json::parse(run(json, settings_).out, nullptr, false);
  ASSERT_TRUE(parsed.is_object());
  EXPECT_EQ(parsed.at("selftest").at("comparisons"), 1);
  EXPECT_TRUE(parsed.contains("findings"));
}

TEST_F(Selftest, DoctorOffersIt) {
  EXPECT_THAT(run({"doctor", "--help"}).out, HasSubstr("--full"));
  EXPECT_THAT(run({"doctor", "--seconds", "0.1"}).out, Not(HasSubstr("Selftest")));
}

}  // namespace
}  // namespace deepgap::golden

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

// What the program says of itself: help, version, lists, plan, explain.
namespace deepgap::golden {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Lists : public Program {
 protected:
  // The lists and plans of a machine that has the fake engine and no other.
  void SetUp() override {
    write("plugins/.keep", "");
    std::filesystem::create_symlink(std::filesystem::path{DEEPGAP_PLUGINS} / "libdeepgap_null.so",
                                    folder() / "plugins/libdeepgap_null.so");
  }
  std::string out(const Words& arguments) {
    const Ended ended = run(arguments, {.more = {{"DEEPGAP_PLUGIN_PATH", (folder() / "plugins").string()}}});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, IsEmpty());
    return ended.out;
  }
  nlohmann::json json(const Words& arguments) {
    const std::string text = out(arguments);
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
    return nlohmann::json::parse(text, nullptr, false);
  }
};

TEST_F(Lists, EveryCommandHasHelpWithAnExample) {
  const std::string help = out({"--help"});
  EXPECT_THAT(help, AllOf(HasSubstr("Example"), HasSubstr("Exit codes: 0 done")));
  for (const char* command : {"doctor", "list", "plan", "run", "case", "report", "explain"}) {
    EXPECT_THAT(help, HasSubstr(std::string{"\n  "} + command));
    EXPECT_THAT(out({command, "--help"}),
                AllOf(HasSubstr("Example"), HasSubstr(std::string{"deepgap "} + command)));
  }
  for (const char* kind : {"engines", "devices", "models", "metrics"})
    EXPECT_THAT(out({"list", kind, "--help"}), HasSubstr(std::string{"deepgap list "} + kind));
}

TEST_F(Lists, CommandsOfTheProgramAloneAreHidden) { EXPECT_THAT(out({"--help"}), Not(HasSubstr("worker"))); }

TEST_F(Lists, VersionNamesVersionRevisionAndBuild) {
  EXPECT_THAT(out({"--version"}),
              ::testing::ContainsRegex("^deepgap " DEEPGAP_VERSION_TEXT " \\(.+, .+\\)\n$"));
  EXPECT_EQ(out({"-V"}), out({"--version"}));
}

TEST_F(Lists, Models) {
  EXPECT_THAT(out({"list", "models"}), AllOf(HasSubstr("resnet50\n"), HasSubstr(".onnx")));
  EXPECT_THAT(json({"list", "models", "--json"}),
              AllOf(Contains("resnet18"), Contains("resnet152"), Contains("tiny")));
}

TEST_F(Lists, Engines) {
  EXPECT_THAT(out({"list", "engines"}),
              AllOf(StartsWith("null"), HasSubstr("fake:0 = "), HasSubstr("not available: ")));
  const auto engines = json({"list", "engines", "--json"});
  for (const auto& engine : engines) {
    EXPECT_EQ(engine.at("available"), engine.at("engine") == "null");
    EXPECT_EQ(engine.contains("why_not"), engine.at("engine") != "null");
  }
}

TEST_F(Lists, Devices) {
  const auto devices = json({"list", "devices", "--json"});
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].at("id"), "cpu");
  EXPECT_EQ(devices[1].at("id"), "fake:0");
  for (const auto& device : devices) EXPECT_EQ(device.at("engine"), "null");
  EXPECT_THAT(out({"list", "devices"}), HasSubstr("fake:0"));
}

TEST_F(Lists, Metrics) {
  const auto metrics = json({"list", "metrics", "--json"});
  ASSERT_GT(metrics.size(), 20U);
  const std::string text = out({"list", "metrics"});
  for (const auto& metric : metrics) {
    const auto name = metric.at("metric").get<std::string>();
    EXPECT_NE(metric.at("what"), "") << name;
    const bool bound = name.ends_with("_lo") || name.ends_with("_hi");  // listed with what they bound
    EXPECT_TRUE(bound || text.find(name) != std::string::npos) << name;
  }
  EXPECT_EQ(metrics[0].at("metric"), "case");
}

TEST_F(Lists, ExplainTellsUnitAndCaveat) {
  EXPECT_THAT(out({"explain", "latency_p99_ms"}), AllOf(HasSubstr("latency_p99_ms"), HasSubstr("ms")));
  EXPECT_THAT(out({"explain", "throughput_ips"}), HasSubstr("wall"));
  EXPECT_THAT(out({"explain", "W101"}), HasSubstr("steady"));
}

TEST_F(Lists, Plan) {
  write("s.toml",
        "models = [\"tiny\", \"resnet18\"]\nengines = \"null\"\nprecisions = [\"fp32\", \"int8\", \"fp8\"]\n"
        "batches = [1, 8]\nthreads = [0, 2]\nhints = [\"\", \"throughput\"]\n"
        "[engine.null]\nlatency_us = [10, 20]\n");
  expect_golden(out({"plan", "s.toml"}), "plan.txt");
  const std::string plan = out({"plan", "s.toml", "--json"});
  ASSERT_TRUE(nlohmann::json::accept(plan));
  expect_golden(plan, "plan.json");
  EXPECT_FALSE(std::filesystem::exists(folder() / "s.db"));
}

TEST_F(Lists, PlanWhereAutoFindsNoRealEngineSaysSo) {
  write("s.toml", "models = \"tiny\"\n");
  const Ended ended =
      run({"plan", "s.toml"}, {.more = {{"DEEPGAP_PLUGIN_PATH", (folder() / "plugins").string()}}});
  EXPECT_TRUE(ended.code == 3 || ended.code == 4) << ended.code;
  EXPECT_THAT(ended.err, HasSubstr("engine"));
}

TEST_F(Lists, DoctorSaysWhatToChange) {
  const Ended text = run({"doctor"});
  EXPECT_THAT(text.out, HasSubstr("CPU"));
  const Ended json = run({"doctor", "--json"});
  EXPECT_TRUE(nlohmann::json::accept(json.out)) << json.out;
}

}  // namespace
}  // namespace deepgap::golden

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "database.hpp"
#include "program.hpp"

// Every mistake a user can make in a command line, a study or a store: a sentence that names it, an exit code
// that scripts can use, and nothing lost.
namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kUsage = 2;
constexpr int kUnavailable = 3;
constexpr int kNothing = 4;

class BadInput : public Program {
 protected:
  void refuses(const Words& arguments, int code, const ::testing::Matcher<const std::string&>& why) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_THAT(ended.err, why);
    EXPECT_THAT(ended.out, IsEmpty());
  }
  // Where a refused run could have left a store.
  void expect_no_store() const {
    for (const auto& entry : fs::directory_iterator{folder()})
      EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".db")));
  }
};

TEST_F(BadInput, CommandLineIsRefusedWithUsage) {
  refuses({}, kUsage, HasSubstr("--help"));
  refuses({"frobnicate"}, kUsage, HasSubstr("--help"));
  refuses({"run"}, kUsage, HasSubstr("study is required"));
  refuses({"run", "a.toml", "--frob"}, kUsage, HasSubstr("--frob"));
  refuses({"report", "a.db", "--csv", "--json"}, kUsage, HasSubstr("--help"));
  refuses({"report", "a.db", "--latency-limit-ms", "0"}, kUsage, HasSubstr("number of milliseconds above 0"));
  refuses({"report", "a.db", "--latency-limit-ms", "nan"}, kUsage,
          HasSubstr("number of milliseconds above 0"));
  refuses({"explain", "latency_p98_ms"}, kUsage, HasSubstr("latency_p98_ms"));
}

TEST_F(BadInput, MissingStudyIsNamed) {
  write("near.toml", "");
  refuses({"run", "neer.toml"}, kUsage, AllOf(HasSubstr("neer.toml"), HasSubstr("near.toml")));
  refuses({"plan", "neer.toml"}, kUsage, HasSubstr("neer.toml"));
  expect_no_store();
}

TEST_F(BadInput, BrokenTomlIsPointedAt) {
  write("s.toml", "models = [\"tiny\"\nbatches = 1\n");
  refuses({"run", "s.toml"}, kUsage, HasSubstr("s.toml:2:"));
  write("binary.toml", std::string_view{"\x7f"
                                        "ELF\0\1\2",
                                        7});
  refuses({"plan", "binary.toml"}, kUsage, HasSubstr("binary.toml:1:"));
  expect_no_store();
}

TEST_F(BadInput, AllMistakesOfAStudyAreToldAtOnce) {
  write("s.toml", "models = []\nbatchs = 1\nprecisions = \"fp23\"\nbatches = [0, -3]\n");
  refuses({"run", "s.toml"}, kUsage,
          AllOf(HasSubstr("s.toml:1:"), HasSubstr("s.toml:2:"), HasSubstr("did you mean 'batches'"),
                HasSubstr("'fp23'"), HasSubstr("batches: 0 is given"), HasSubstr("batches: -3 is given"),
                HasSubstr("from 1 to 1048576")));
  expect_no_store();
}

TEST_F(BadInput, TargetThatNoMeasurementCanHaveIsRefusedBeforeAnythingIsMeasured) {
  for (const char* target : {"'0%'", "'-1%'", "'101%'", "0.0", "-0.5", "nan"}) {
    write("s.toml", std::string{"models = 'tiny'\nengines = 'null'\n[measure]\ntarget = "} + target + "\n");
    refuses(
        {"run", "s.toml"}, kUsage,
        AllOf(HasSubstr("s.toml:4:"), HasSubstr("measure.target"), HasSubstr("above 0 %, at most 100 %")));
  }
  expect_no_store();
}

TEST_F(BadInput, CapThatIsNoTimeIsRefused) {
  for (const char* cap : {"0", "-1", "'0s'", "nan"}) {
    write("s.toml", std::string{"models = 'tiny'\nengines = 'null'\n[measure]\nround_cap = "} + cap + "\n");
    refuses({"run", "s.toml"}, kUsage, AllOf(HasSubstr("s.toml:4:"), HasSubstr("measure.round_cap")));
  }
  expect_no_store();
}

TEST_F(BadInput, UnknownEngineIsRefusedWithTheNearest) {
  write("s.toml", "models = \"tiny\"\nengines = \"nul\"\n");
  refuses({"run", "s.toml"}, kUsage,
          AllOf(HasSubstr("unknown engine 'nul'"), HasSubstr("did you mean 'null'")));
  refuses({"plan", "s.toml"}, kUsage, HasSubstr("unknown engine 'nul'"));
  refuses({"case", "engine=nul model=tiny"}, kUsage, HasSubstr("unknown engine 'nul'"));
  expect_no_store();
}

TEST_F(BadInput, UnknownModelIsRefusedBeforeAnythingIsMeasured) {
  study("s.toml", {.top = "models = [\"tiny\", \"resnet19\"]\n"});
  refuses({"run", "s.toml"}, kUsage, AllOf(HasSubstr("resnet19"), HasSubstr("resnet18")));
  refuses({"case", "engine=null model=resnet19"}, kUsage, HasSubstr("resnet19"));
  expect_no_store();
}

TEST_F(BadInput, UnknownOptionOfAnEngineIsASkipThatNamesIt) {
  study("s.toml", {.options = "latency_uss = 1\n"});
  const Ended plan = run({"plan", "s.toml"});
  EXPECT_EQ(plan.code, kNothing);
  EXPECT_THAT(plan.out, AllOf(HasSubstr("latency_uss"), HasSubstr("did you mean 'latency_us'")));
}

TEST_F(BadInput, EngineThatIsNotHereIsUnavailableWithItsCure) {
  study("s.toml");
  fs::create_directory(folder() / "empty");
  const Settings bare{.more = {{"DEEPGAP_PLUGIN_PATH", (folder() / "empty").string()}}};
  for (const char* command : {"run", "plan"}) {
    const Ended ended = run({command, "s.toml"}, bare);
    EXPECT_EQ(ended.code, kUnavailable) << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("engine 'null' is not available"), HasSubstr("make build")));
  }
  expect_no_store();
  const Ended list = run({"list", "engines", "--json"}, bare);
  EXPECT_EQ(list.code, 0);
  for (const auto& engine : nlohmann::json::parse(list.out)) {
    EXPECT_FALSE(engine.at("available"));
    EXPECT_THAT(engine.at("why_not").get<std::string>(), AllOf(HasSubstr("type: "), HasSubstr("make build")));
  }
}

TEST_F(BadInput, PluginThatCannotBeLoadedIsUnavailable) {
  study("s.toml");
  write("plugins/libdeepgap_null.so", "no shared library");
  const Ended ended =
      run({"run", "s.toml"}, {.more = {{"DEEPGAP_PLUGIN_PATH", (folder() / "plugins").string()}}});
  EXPECT_EQ(ended.code, kUnavailable);
  EXPECT_THAT(ended.err, HasSubstr("libdeepgap_null.so cannot be loaded"));
}

TEST_F(BadInput, DeviceThatIsNotHereIsUnavailable) {
  study("s.toml", {.top = "devices = \"cuda:7\"\n"});
  refuses({"run", "s.toml"}, kUnavailable, HasSubstr("device 'cuda:7' is not available"));
  refuses({"case", "engine=null device=cuda:7 model=tiny"}, kUnavailable, HasSubstr("cuda:7"));
  expect_no_store();
}

TEST_F(BadInput, DeviceThatIsNotHereDoesNotStopTheOthers) {
  study("s.toml", {.top = "devices = [\"cpu\", \"cuda:7\"]\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, kUnavailable);
  const auto rows = this->rows("s.db");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_GT(rows[0].at("samples"), 0);
  EXPECT_EQ(rows[1].at("outcome"), "skipped");
  EXPECT_THAT(rows[1].at("why").get<std::string>(), HasSubstr("no device 'cuda:7'"));
}

TEST_F(BadInput, CaseStringIsRefusedWithWhatIsWrong) {
  refuses({"case", ""}, kUsage, HasSubstr("'engine' is missing"));
  refuses({"case", "engine=null"}, kUsage, HasSubstr("'model' is missing"));
  refuses({"case", "engine=null model=tiny batch=0"}, kUsage, HasSubstr("batch: '0' is given"));
  refuses({"case", "engine=null model=tiny batch=1 batch=2"}, kUsage, HasSubstr("batch"));
  refuses({"case", "engine=null model=\"tiny"}, kUsage, HasSubstr("quote"));
  refuses({"case", "engine=null model=tiny batsh=1"}, kUsage, HasSubstr("batsh"));
  expect_no_store();
}

TEST_F(BadInput, FileThatIsNoStoreIsLeftAlone) {
  study("s.toml");
  const std::string text = read_file(folder() / "s.toml");
  write("empty.db", "");
  write("other.db", "");
  change_database(folder() / "other.db", "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
  const std::string other = read_file(folder() / "other.db");
  for (const char* file : {"s.toml", "empty.db", "other.db", "/dev/full", "/dev/null", ".."}) {
    refuses({"report", file}, kUsage, HasSubstr("is not a deepgap store"));
    if (std::string_view{file} != "empty.db")  // an empty file may become a store
      refuses({"run", "s.toml", "-o", file}, kUsage, HasSubstr("is not a deepgap store"));
  }
  EXPECT_EQ(read_file(folder() / "s.toml"), text);
  EXPECT_EQ(read_file(folder() / "other.db"), other);
}

TEST_F(BadInput, MissingStoreAndMissingFolderAreNamed) {
  study("s.toml");
  refuses({"report", "gone.db"}, kUsage, HasSubstr("'gone.db' does not exist"));
  refuses({"run", "s.toml", "-o", "no/folder/s.db"}, kUsage,
          AllOf(HasSubstr("no/folder"), HasSubstr("mkdir -p")));
}

TEST_F(BadInput, StoreWithoutResultsSaysSo) {
  fs::copy_file(data("program/results.db"), folder() / "s.db");
  fs::permissions(folder() / "s.db", fs::perms::owner_write, fs::perm_options::add);
  change_database(folder() / "s.db", "DELETE FROM results");
  refuses({"report", "s.db"}, kNothing, AllOf(HasSubstr("s.db"), HasSubstr("no results")));
}

TEST_F(BadInput, StoreOfANewerSchemaIsLeftAlone) {
  study("s.toml");
  fs::copy_file(data("program/results.db"), folder() / "s.db");
  fs::permissions(folder() / "s.db", fs::perms::owner_write, fs::perm_options::add);
  change_database(folder() / "s.db", "PRAGMA user_version = 99");
  const std::string before = read_file(folder() / "s.db");
  refuses({"report", "s.db"}, kUsage, AllOf(HasSubstr("schema 99"), HasSubstr("upgrade deepgap")));
  refuses({"run", "s.toml", "-o", "s.db"}, kUsage,
          AllOf(HasSubstr("schema 99"), HasSubstr("upgrade deepgap")));
  EXPECT_EQ(read_file(folder() / "s.db"), before);
}

TEST_F(BadInput, DamagedStoreIsToldNotACrash) {
  const std::string whole = read_file(data("program/results.db"));
  for (const std::size_t keep : {std::size_t{60}, std::size_t{4096}, whole.size() / 2}) {
    write("s.db", std::string_view{whole}.substr(0, keep));
    const Ended ended = run({"report", "s.db"});
    EXPECT_EQ(ended.code, kUsage) << "cut to " << keep << ": " << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("s.db"));
  }
}

TEST_F(BadInput, StoreOfAnotherStudyIsNotMixedWithThisOne) {
  study("one.toml");
  study("two.toml", {.top = "batches = 2\n"});
  ASSERT_EQ(run({"run", "one.toml", "-q", "-o", "s.db"}).code, 0);
  const auto before = rows("s.db");
  refuses({"run", "two.toml", "-o", "s.db"}, kUsage,
          AllOf(HasSubstr("s.db"), HasSubstr("'one'"), HasSubstr("'two'"), HasSubstr("-o")));
  EXPECT_EQ(rows("s.db"), before);
}

}  // namespace
}  // namespace deepgap::golden

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

// An engine that breaks is a row with its reason; the study goes on.
namespace deepgap::golden {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kFailed = 1;

class Failures : public Program {
 protected:
  // The rows by what was made to fail.
  std::map<std::string, nlohmann::json> rows_by_failure(const std::string& store) {
    std::map<std::string, nlohmann::json> found;
    for (const auto& row : rows(store)) found[fail_of(row)] = row;
    return found;
  }

 private:
  static std::string fail_of(const nlohmann::json& row) {
    const auto text = row.at("case").get<std::string>();
    const std::size_t begin = text.find("null.fail=");
    if (begin == std::string::npos) return "never";
    return text.substr(begin + 10, text.find(' ', begin) - begin - 10);
  }
};

std::string why(const nlohmann::json& row) {
  return row.at("why").is_null() ? "" : row.at("why").get<std::string>();
}

TEST_F(Failures, EveryWayToBreakIsARowInWords) {
  const std::map<std::string, std::string> expected{{"crash", "killed by signal 11 (Segmentation fault)"},
                                                    {"abort", "killed by signal 6 (Aborted)"},
                                                    {"exit", "exited with code 7"},
                                                    {"oom", "out-of-memory killer"},
                                                    {"run", "this call fails because it was asked to"},
                                                    {"compile", "null"},
                                                    {"unavailable", "null"}};
  std::string list = "\"never\"";
  for (const auto& [kind, words] : expected) list += ", \"" + kind + "\"";
  study("s.toml", {.options = "latency_us = 200\nfail = [" + list + "]\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, kFailed) << ended.err;
  const auto rows = rows_by_failure("s.db");
  EXPECT_EQ(rows.size(), expected.size() + 1);
  EXPECT_GT(rows.at("never").at("samples"), 0);
  for (const auto& [kind, words] : expected) {
    EXPECT_EQ(rows.at(kind).at("outcome"), "failed") << rows.at(kind).dump(1);
    EXPECT_THAT(why(rows.at(kind)), HasSubstr(words)) << kind;
    EXPECT_TRUE(rows.at(kind).at("latency_mean_ms").is_null()) << kind;
    EXPECT_THAT(ended.out, HasSubstr("failed"));
  }
}

// After the calls that check the output and compare precisions, within the first of a round.
TEST_F(Failures, BreakingLaterKeepsWhichRoundItWas) {
  study("s.toml", {.measure = "case_timeout = 60\n",
                   .options = "latency_us = 200\nfail = [\"never\", \"crash\"]\nfail_at = 75\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, kFailed) << ended.err;
  const auto rows = rows_by_failure("s.db");
  EXPECT_GT(rows.at("never").at("samples"), 0);
  EXPECT_THAT(why(rows.at("crash")),
              AllOf(HasSubstr("round "), HasSubstr(" of 3 ("), HasSubstr("killed by signal 11")));
}

TEST_F(Failures, WrongNumbersAreMeasuredButNotBelieved) {
  study("s.toml", {.options = "latency_us = 200\nfail = [\"output\", \"nan\"]\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto rows = rows_by_failure("s.db");
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& [kind, row] : rows) {
    EXPECT_EQ(row.at("outcome"), "mistrusted") << kind;
    EXPECT_EQ(row.at("verified"), "fail") << kind;
    EXPECT_GT(row.at("samples"), 0) << kind;
  }
  EXPECT_THAT(why(rows.at("nan")), HasSubstr("NaN in the output"));
  EXPECT_THAT(ended.out, HasSubstr("mistrusted"));
}

TEST_F(Failures, AnOutputThatGoesWrongWhileItIsTimedIsCaughtAtTheEnd) {
  study("s.toml", {.options = "latency_us = 200\nfail = \"output\"\nfail_at = 12\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto rows = rows_by_failure("s.db");
  EXPECT_EQ(rows.at("output").at("verified"), "fail");
  EXPECT_EQ(rows.at("output").at("outcome"), "mistrusted");
}

TEST_F(Failures, UnsupportedOperatorOfAnEngineIsASkipThatNamesIt) {
  study("s.toml", {.options = "latency_us = 200\nfail = [\"never\", \"unsupported\"]\n"});
  EXPECT_EQ(run({"run", "s.toml", "-q"}).code, 0);
  const auto rows = rows_by_failure("s.db");
  EXPECT_EQ(rows.at("unsupported").at("outcome"), "skipped");
  EXPECT_THAT(why(rows.at("unsupported")), HasSubstr("Conv"));
}

TEST_F(Failures, EngineThatSaysNotToBeBelievedIsNotBelieved) {
  study("s.toml",
        {.options = "latency_us = 200\nmistrust = \"its weights were pruned\"\nruns_as = \"bf16\"\n"});
  EXPECT_EQ(run({"run", "s.toml", "-q"}).code, 0);
  const auto row = rows("s.db").at(0);
  EXPECT_EQ(row.at("outcome"), "mistrusted");
  EXPECT_THAT(why(row), HasSubstr("its weights were pruned"));
  EXPECT_EQ(row.at("precision_requested"), "fp32");
  EXPECT_EQ(row.at("precision_effective"), "bf16");
}

// The time-out may as well catch the other case on a machine that is busy enough: nothing is said about it.
TEST_F(Failures, EngineThatHangsIsEndedAfterTheStudysTimeout) {
  study("s.toml",
        {.measure = "case_timeout = 2\n", .options = "latency_us = 200\nfail = [\"never\", \"hang\"]\n"});
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, kFailed) << ended.err;
  const auto rows = rows_by_failure("s.db");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.at("hang").at("outcome"), "failed");
  EXPECT_THAT(why(rows.at("hang")),
              AllOf(HasSubstr("no answer to"), HasSubstr("within 2 s"), HasSubstr("case_timeout")));
}

TEST_F(Failures, AgreementIsWithTheFp32CaseThatRanTheSameWay) {
  study("s.toml", {.top = "precisions = [\"fp32\", \"int8\"]\n",
                   .options = "latency_us = 200\nfail = [\"never\", \"output\", \"crash\"]\n"});
  EXPECT_EQ(run({"run", "s.toml", "-q"}).code, kFailed);
  for (const auto& row : rows("s.db")) {
    const auto text = row.at("case").get<std::string>();
    if (row.at("precision_requested") != "int8" || text.find("fail=crash") != std::string::npos) continue;
    EXPECT_GT(row.at("accuracy_vs_fp32_top1"), 0.5) << row.dump(1);
  }
}

TEST_F(Failures, FailedCaseIsTriedAgainAndTheRestIsNot) {
  study("s.toml", {.options = "latency_us = 200\nfail = [\"never\", \"exit\"]\n"});
  EXPECT_EQ(run({"run", "s.toml", "-q"}).code, kFailed);
  const auto before = rows_by_failure("s.db");
  EXPECT_EQ(run({"run", "s.toml", "-q"}).code, kFailed);
  const auto after = rows_by_failure("s.db");
  EXPECT_EQ(after.at("never"), before.at("never"));
  EXPECT_EQ(after.at("exit").at("why"), before.at("exit").at("why"));
  EXPECT_NE(after.at("exit").at("run"), before.at("exit").at("run"));
}

}  // namespace
}  // namespace deepgap::golden

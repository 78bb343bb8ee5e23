#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "database.hpp"
#include "program.hpp"

// Ctrl-C, and two runs at once.
namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

constexpr int kUsage = 2;
constexpr int kInterrupted = 130;

class Interrupt : public Program {
 protected:
  // Two cases of more rounds than any test waits for, and the first round is in the store.
  Running measuring() {
    study("s.toml", {.top = "batches = [1, 2]\n",
                     .measure = "rounds = 40\nprocesses = 1\nround_cap = \"150ms\"\nround_min = 0.1\n"});
    Running running = start({"run", "s.toml"});
    EXPECT_TRUE(eventually([&] { return rounds_in(folder() / "s.db") > 0 || is_gone(running.pid()); }));
    return running;
  }
  void expect_closed(const std::string& store) const {
    for (const char* suffix : {"-wal", "-shm", "-lock"})
      EXPECT_FALSE(fs::exists(folder() / (store + suffix))) << suffix;
  }
};

TEST_F(Interrupt, PrintsWhatThereIsAndClosesTheStore) {
  for (const int number : {SIGINT, SIGTERM}) {
    Running running = measuring();
    running.signal(number);
    const Ended ended = running.wait();
    EXPECT_EQ(ended.code, kInterrupted) << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("stopping after the block in flight"),
                                 HasSubstr("Interrupted; the same command resumes")));
    EXPECT_THAT(ended.out, AllOf(HasSubstr("tiny"), HasSubstr("interrupted after")));
    expect_closed("s.db");
    const auto rows = this->rows("s.db");
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows[0].at("stopped_by"), "interrupted");
    EXPECT_EQ(rows[0].at("outcome"), "mistrusted");
    fs::remove(folder() / "s.db");
  }
}

TEST_F(Interrupt, SameCommandGoesOnWhereItStopped) {
  study("s.toml", {.top = "batches = [1, 2]\n",
                   .measure = "rounds = 12\nprocesses = 1\nround_min = 0.06\nround_cap = \"60ms\"\n"});
  Running running = start({"run", "s.toml"});
  ASSERT_TRUE(eventually([&] { return rounds_in(folder() / "s.db") > 0 || is_gone(running.pid()); }));
  running.signal(SIGINT);
  EXPECT_EQ(running.wait().code, kInterrupted);
  Table whole;
  for (const auto& row : raw_rounds(folder() / "s.db"))
    if (std::ranges::find(row, "interrupted") == row.end()) whole.push_back(row);
  const Ended again = run({"run", "s.toml", "-q"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(raw_rounds(folder() / "s.db"), IsSupersetOf(whole));
  const auto rows = this->rows("s.db");
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& row : rows) EXPECT_NE(row.at("stopped_by"), "interrupted");
}

// The engine hangs, so that the first signal cannot end the run.
TEST_F(Interrupt, SecondCtrlCEndsAtOnceWithItsWorkers) {
  study("s.toml", {.measure = "case_timeout = 300\n", .options = "fail = \"hang\"\nfail_at = 0\n"});
  Running running = start({"run", "s.toml"});
  std::vector<pid_t> workers;
  ASSERT_TRUE(eventually([&] {
    if (!fs::exists(folder() / "s.db")) return false;  // until then children are only asked what they can do
    workers = running.workers();
    return !workers.empty();
  })) << running.said();
  running.signal(SIGINT);
  ASSERT_TRUE(eventually([&] { return running.said().find("press Ctrl-C again") != std::string::npos; }));
  running.signal(SIGINT);
  EXPECT_EQ(running.wait().code, kInterrupted);
  for (const pid_t worker : workers) EXPECT_TRUE(eventually([&] { return is_gone(worker); }));
  EXPECT_EQ(run({"report", "s.db"}).code, 4);  // readable, and nothing in it yet
}

TEST_F(Interrupt, SecondRunOnTheSameStoreIsRefusedAndTheFirstGoesOn) {
  Running first = measuring();
  const Ended second = run({"run", "s.toml"});
  EXPECT_EQ(second.code, kUsage) << second.err;
  EXPECT_THAT(second.err, AllOf(HasSubstr("s.db"), HasSubstr("process " + std::to_string(first.pid())),
                                HasSubstr("-o FILE")));
  const Ended report = run({"report", "s.db"});  // looking is allowed meanwhile
  EXPECT_THAT(report.err, Not(HasSubstr("being written")));
  const std::size_t before = rounds_in(folder() / "s.db");
  EXPECT_TRUE(eventually([&] { return rounds_in(folder() / "s.db") > before; }));
  first.signal(SIGINT);
  EXPECT_EQ(first.wait().code, kInterrupted);
  expect_closed("s.db");
}

}  // namespace
}  // namespace deepgap::golden

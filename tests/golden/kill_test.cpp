#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "database.hpp"
#include "program.hpp"

// kill -9 at any moment: nothing that was finished is lost or measured again.
namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;
using ::testing::IsSupersetOf;

class Kill : public Program {
 protected:
  fs::path store() const { return folder() / "s.db"; }

  // Starts the study's run, kills it when `ripe`, and returns once its workers are gone too. False when it
  // had ended already: this process may have slept for long on a busy machine.
  bool run_and_kill(const std::function<bool(const Running&)>& ripe) {
    Running running = start({"run", "s.toml", "-q"});
    EXPECT_TRUE(eventually([&] { return ripe(running) || is_gone(running.pid()); }));
    const std::vector<pid_t> workers = running.workers();
    running.signal(SIGKILL);
    const Ended ended = running.wait();
    for (const pid_t worker : workers) EXPECT_TRUE(eventually([&] { return is_gone(worker); })) << worker;
    return ended.signal == SIGKILL;
  }
  std::vector<std::string> planned() {
    std::vector<std::string> cases;
    for (const auto& entry : nlohmann::json::parse(run({"plan", "s.toml", "--json"}).out))
      cases.push_back(entry.at("case"));
    return cases;
  }
  std::vector<std::string> reported() {
    std::vector<std::string> cases;
    for (const auto& row : rows("s.db")) cases.push_back(row.at("case"));
    return cases;
  }
};

TEST_F(Kill, FinishedRoundsStayByteForByteAndTheRestIsMeasured) {
  study("s.toml",
        {.top = "batches = [1, 2]\n", .measure = "rounds = 10\nprocesses = 2\nround_cap = \"60ms\"\n"});
  Table kept;
  int killed = 0;
  for (const std::size_t goal : {std::size_t{1}, std::size_t{5}, std::size_t{9}}) {
    if (run_and_kill([&](const Running&) { return rounds_in(store()) >= goal; })) ++killed;
    const Table now = raw_rounds(store());
    EXPECT_GE(now.size(), goal);
    EXPECT_THAT(now, IsSupersetOf(kept));
    kept = now;
    const int code = run({"report", "s.db"}).code;
    EXPECT_TRUE(code == 0 || code == 4) << code;
    EXPECT_EQ(raw_rounds(store()), kept) << "a report changed the store";
  }
  EXPECT_GT(killed, 0);
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(raw_rounds(store()), IsSupersetOf(kept));
  EXPECT_EQ(reported(), planned());
  for (const std::string& measured : reported())
    EXPECT_GE(
        std::ranges::count(raw_rounds(store()), measured, [](const auto& round) { return round.at(1); }), 10);
}

TEST_F(Kill, WhileTheStoreIsMadeAndTheModelPrepared) {
  study("s.toml");
  run_and_kill([&](const Running&) { return fs::exists(store().string() + "-lock"); });
  run_and_kill([&](const Running&) { return fs::exists(store()); });
  run_and_kill([&](const Running& running) { return fs::exists(store()) && !running.workers().empty(); });
  const Ended ended = run({"run", "s.toml", "-q"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(reported(), planned());
}

TEST_F(Kill, WorkerAloneIsAFailedCaseAndTheStudyGoesOn) {
  study("s.toml", {.top = "batches = [1, 2]\n",
                   .measure = "rounds = 20\nprocesses = 1\nround_min = 0.1\nround_cap = \"100ms\"\n"});
  Running running = start({"run", "s.toml", "-q"});
  ASSERT_TRUE(eventually([&] { return rounds_in(store()) >= 2 || is_gone(running.pid()); }));
  const std::vector<pid_t> workers = running.workers();
  ASSERT_EQ(workers.size(), 2U);
  ::kill(workers.front(), SIGKILL);
  EXPECT_EQ(running.wait().code, 1);
  const auto rows = this->rows("s.db");
  ASSERT_EQ(rows.size(), 2U);
  const auto failed =
      std::ranges::count_if(rows, [](const auto& row) { return row.at("outcome") == "failed"; });
  EXPECT_EQ(failed, 1) << rows.dump(1);
}

}  // namespace
}  // namespace deepgap::golden

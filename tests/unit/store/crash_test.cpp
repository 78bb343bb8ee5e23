#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>

#include "fixture.hpp"

namespace deepgap::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kCase = "engine=null model=resnet50";

class Crash : public Folder {
 protected:
  // A child that resumes the store and adds rounds until it is killed. Each acknowledged round is a byte.
  struct Child {
    pid_t id;
    int acknowledged;
  };
  Child start() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    const pid_t id = fork();
    if (id != 0) {
      ::close(ends[1]);
      return {id, ends[0]};
    }
    auto store = Store::open(at("study.db"), Mode::create_or_resume);
    auto before = store ? store->round_summaries() : Error{Errc::io, ""};
    if (!before) _exit(1);
    for (auto index = static_cast<std::int64_t>(before->size());; ++index) {
      if (!store->add_round(kCase, small_round(index, 300)) || write(ends[1], "x", 1) != 1) _exit(1);
    }
  }

  // Waits for `count` acknowledgements and a little more, kills, and gives how many came in all.
  static std::size_t kill_after(const Child& child, std::size_t count, std::uint64_t spin) {
    std::size_t acknowledged = 0;
    char byte = 0;
    while (acknowledged < count && ::read(child.acknowledged, &byte, 1) == 1) ++acknowledged;
    for (volatile std::uint64_t i = 0; i < spin;) i = i + 1;
    ::kill(child.id, SIGKILL);
    int status = 0;
    waitpid(child.id, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
    while (::read(child.acknowledged, &byte, 1) == 1) ++acknowledged;
    ::close(child.acknowledged);
    return acknowledged;
  }
};

TEST_F(Crash, LosesNothingThatWasAcknowledged) {
  std::mt19937_64 random{3};
  std::size_t known = 0;  // rounds that must be there
  for (int kills = 0; kills < 30; ++kills) {
    const auto child = start();
    known += kill_after(child, random() % 6, random() % 3'000'000);
    const Mode mode = kills % 2 == 0 ? Mode::read_only : Mode::create_or_resume;
    auto store = Store::open(at("study.db"), mode);
    if (known == 0 && !std::filesystem::exists(at("study.db"))) continue;  // killed before there was a store
    ASSERT_TRUE(store) << store.error().message();
    const auto rounds = must(store->rounds(kCase));
    ASSERT_GE(rounds.size(), known);
    ASSERT_LE(rounds.size(), known + 1);  // written, but killed before it could say so
    known = rounds.size();
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      ASSERT_EQ(rounds[i], small_round(static_cast<std::int64_t>(i), 300));
    }
  }
  EXPECT_GT(known, 30U);
  auto database = must(Database::open(at("study.db").string(), SQLITE_OPEN_READWRITE));
  auto check = database.query("PRAGMA integrity_check");
  ASSERT_TRUE(must(check.next()));
  EXPECT_EQ(check.text(0), "ok");
}

TEST_F(Crash, WhileTheStoreIsMadeLeavesNoneOrAWholeOne) {
  std::mt19937_64 random{5};
  for (int kills = 0; kills < 20; ++kills) {
    kill_after(start(), 0, random() % 20'000'000);
    if (std::filesystem::exists(at("study.db"))) {
      EXPECT_TRUE(must(Store::open(at("study.db"), Mode::read_only)).round_summaries());
      std::filesystem::remove_all(folder_);
      std::filesystem::create_directory(folder_);
    }
  }
}

// SQLite calls it for every new connection: nobody may write more than so many pages.
int limit_pages(sqlite3* db, const char** /*message*/, const sqlite3_api_routines* /*routines*/) {
  return sqlite3_exec(db, "PRAGMA max_page_count = 60", nullptr, nullptr, nullptr);
}

TEST_F(Crash, AFullDiskIsToldAndWhatWasWrittenStays) {
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(limit_pages));
  auto store = must(Store::open(at("study.db"), Mode::create_or_resume));
  sqlite3_reset_auto_extension();
  std::int64_t written = 0;
  Status last;
  while ((last = store.add_round(kCase, small_round(written, 3000)))) ++written;
  EXPECT_EQ(last.error().code(), Errc::io);
  EXPECT_THAT(last.error().message(),
              AllOf(HasSubstr("study.db"), HasSubstr("write round " + std::to_string(written)),
                    HasSubstr("database or disk is full")));
  EXPECT_GT(written, 2);
  EXPECT_EQ(must(store.rounds(kCase)).size(), static_cast<std::size_t>(written));
  store.close();
  EXPECT_EQ(files(), 1U);
  auto again = must(Store::open(at("study.db"), Mode::create_or_resume));
  EXPECT_EQ(must(again.rounds(kCase)).size(), static_cast<std::size_t>(written));
  must(again.add_round(kCase, small_round(written, 3000)));
}

TEST_F(Crash, AWriteThatTheSystemRefusesIsToldAndWhatWasWrittenStays) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = Store::open(at("study.db"), Mode::create_or_resume);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{400'000, 400'000};
    if (!store || setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(70);
    int written = 0;
    Status last;
    while (written < 60 && (last = store->add_round(kCase, small_round(written, 3000)))) ++written;
    const bool told = !last && last.error().code() == Errc::io &&
                      last.error().message().find("File too large") != std::string::npos;
    store->close();
    _exit(told ? written : 71);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  const int written = WEXITSTATUS(status);
  ASSERT_GT(written, 2);
  ASSERT_LT(written, 60);
  auto store = must(Store::open(at("study.db"), Mode::create_or_resume));
  EXPECT_EQ(must(store.rounds(kCase)).size(), static_cast<std::size_t>(written));
}

}  // namespace
}  // namespace deepgap::store

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fixture.hpp"

namespace deepgap::store {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Opening : public Folder {
 protected:
  Store open() { return must(Store::open(at("study.db"), Mode::create_or_resume)); }
  Store read() { return must(Store::open(at("study.db"), Mode::read_only)); }

  // Refused in both modes, without a change and without a trace.
  void expect_refused(const std::string& name, const ::testing::Matcher<std::string>& message) {
    const std::string before = bytes_of(at(name));
    const std::size_t count = files();
    for (const Mode mode : {Mode::read_only, Mode::create_or_resume}) {
      const auto store = Store::open(at(name), mode);
      ASSERT_FALSE(store) << name;
      EXPECT_EQ(store.error().code(), Errc::invalid_input);
      EXPECT_THAT(store.error().message(), AllOf(HasSubstr(name), message));
    }
    EXPECT_TRUE(bytes_of(at(name)) == before);
    EXPECT_EQ(files(), count);
  }
};

// Runs `work` in a child, as a user to whom permissions apply, and gives its exit code.
template <class Work>
int as_nobody(Work&& work) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(77);
    _exit(work() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// A store whose writer was killed: the last rounds are in its log only.
void leave_killed(const fs::path& file) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = Store::open(file, Mode::create_or_resume);
    const bool written = store && store->add_round("first case", small_round(0));
    if (written) ::kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST_F(Opening, ForReadingRefusesAMissingFile) {
  const auto store = Store::open(at("none.db"), Mode::read_only);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), Errc::invalid_input);
  EXPECT_THAT(store.error().message(), AllOf(HasSubstr("none.db' does not exist"), HasSubstr("deepgap run")));
  EXPECT_EQ(files(), 0U);
}

TEST_F(Opening, ForWritingRefusesAMissingFolder) {
  const auto store = Store::open(at("no/such/study.db"), Mode::create_or_resume);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), Errc::invalid_input);
  EXPECT_THAT(store.error().message(), HasSubstr("mkdir -p"));
}

TEST_F(Opening, RefusesWhatIsNotAStore) {
  write_file(at("notes.txt"), "hello, I am not a store\n");
  write_file(at("long.txt"), std::string(100'000, 'x'));
  write_file(at("empty.db"), "");
  write_file(at("magic.db"), std::string{"SQLite format 3\0", 16});
  fs::create_directory(at("folder"));
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  expect_refused("notes.txt", HasSubstr("not an SQLite database"));
  expect_refused("long.txt", HasSubstr("not an SQLite database"));
  expect_refused("empty.db", HasSubstr("it is empty"));
  expect_refused("magic.db", HasSubstr("it ends inside its header"));
  const auto folder = Store::open(at("folder"), Mode::create_or_resume);
  EXPECT_THAT(folder.error().message(), HasSubstr("it is a folder"));
  const auto pipe = Store::open(at("pipe"), Mode::read_only);
  EXPECT_THAT(pipe.error().message(), HasSubstr("not a regular file"));
}

TEST_F(Opening, RefusesAnotherProgramsDatabase) {
  {
    auto other = must(Database::open(at("other.db").string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    must(other.exec("PRAGMA journal_mode = WAL; CREATE TABLE results (x)"));
  }
  expect_refused("other.db", HasSubstr("another program's SQLite database"));
}

TEST_F(Opening, RefusesAStoreThatWasCutShort) {
  {
    must(open().add_round("first case", small_round(0, 5000)));
  }
  const std::string whole = bytes_of(at("study.db"));
  for (const std::size_t size : {std::size_t{50}, std::size_t{99}, std::size_t{101}, std::size_t{4096},
                                 whole.size() / 2, whole.size() - 4096, whole.size() - 1}) {
    write_file(at("cut.db"), whole.substr(0, size));
    expect_refused("cut.db", ::testing::AnyOf(HasSubstr("damaged"), HasSubstr("not a deepgap store")));
  }
}

TEST_F(Opening, RefusesAStoreThatLacksATable) {
  {
    open();
  }
  {
    auto database = must(Database::open(at("study.db").string(), SQLITE_OPEN_READWRITE));
    must(database.exec("DROP TABLE results"));
  }
  expect_refused("study.db", AllOf(HasSubstr("damaged"), HasSubstr("1 of its 8 tables")));
}

TEST_F(Opening, NeverCrashesOnAStoreWithWrongBytes) {
  {
    auto store = open();
    must(store.put_row(full_row("first case")));
    must(store.add_round("first case", small_round(0, 500)));
  }
  const std::string whole = bytes_of(at("study.db"));
  for (std::size_t trial = 0; trial < 300; ++trial) {
    std::string bad = whole;
    for (std::size_t i = 0; i < 16; ++i) {
      char& byte = bad[(trial * 7919 + i * 104'729) % bad.size()];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ ((trial + 1) & 0xffU));
    }
    write_file(at("bad.db"), bad);
    auto store = Store::open(at("bad.db"), Mode::read_only);
    if (!store) continue;
    static_cast<void>(store->rows());
    static_cast<void>(store->rounds("first case"));
    static_cast<void>(store->round_summaries());
  }
}

TEST_F(Opening, KeepsOddNames) {
  for (const char* name : {"a b.db", "50%?.db", "a#b&mode=rw.db", "ünï.db", "file:x.db"}) {
    {
      must(must(Store::open(at(name), Mode::create_or_resume)).put_row(full_row(name)));
    }
    EXPECT_TRUE(fs::exists(at(name))) << name;
    EXPECT_EQ(must(must(Store::open(at(name), Mode::read_only)).rows()).size(), 1U);
  }
}

TEST_F(Opening, LeavesOnePlainFileWhenClosed) {
  {
    auto store = open();
    must(store.put_row(full_row("first case")));
    EXPECT_GT(files(), 1U);
  }
  EXPECT_EQ(files(), 1U);
}

TEST_F(Opening, MovesLikeAValue) {
  std::optional<Store> store = open();
  Store moved = std::move(*store);
  store.reset();
  must(moved.put_row(full_row("first case")));
  moved = must(Store::open(at("other.db"), Mode::create_or_resume));
  EXPECT_TRUE(must(moved.rows()).empty());
  EXPECT_EQ(must(open().rows()).size(), 1U);
}

TEST_F(Opening, ForReadingChangesNoByteAndLeavesNoFile) {
  {
    must(open().add_round("first case", small_round(0)));
  }
  const std::string before = bytes_of(at("study.db"));
  {
    auto store = read();
    EXPECT_EQ(must(store.rounds("first case")).size(), 1U);
    const auto added = store.add_round("first case", small_round(1));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code(), Errc::io);
    EXPECT_THAT(added.error().message(), AllOf(HasSubstr("study.db"), HasSubstr("readonly")));
    EXPECT_FALSE(store.set_plan({}));
    EXPECT_FALSE(store.put_row(full_row("first case")));
    EXPECT_FALSE(store.put_tensors("key", {}));
  }
  EXPECT_TRUE(bytes_of(at("study.db")) == before);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Opening, ForReadingWorksOnAReadOnlyFileAndFolder) {
  {
    must(open().put_row(full_row("first case")));
  }
  fs::permissions(at("study.db"), fs::perms{0444});
  fs::permissions(folder_, fs::perms{0555});
  const int code = as_nobody([&] {
    auto store = Store::open(at("study.db"), Mode::read_only);
    return store && store->rows() && store->rows()->size() == 1;
  });
  if (code == 77) GTEST_SKIP() << "cannot become another user here";
  EXPECT_EQ(code, 0);
}

TEST_F(Opening, ForWritingSaysThatFileOrFolderAreReadOnly) {
  {
    must(open().put_row(full_row("first case")));
  }
  fs::permissions(at("study.db"), fs::perms{0444});
  fs::permissions(folder_, fs::perms{0555});
  const auto refused = [&](const char* name) {
    const auto store = Store::open(at(name), Mode::create_or_resume);
    return !store && store.error().code() == Errc::io &&
           store.error().message().find(name) != std::string::npos &&
           store.error().message().find("Permission denied") != std::string::npos;
  };
  const int code = as_nobody([&] { return refused("study.db") && refused("new.db"); });
  if (code == 77) GTEST_SKIP() << "cannot become another user here";
  EXPECT_EQ(code, 0);
}

TEST_F(Opening, ForWritingSaysThatTheFileIsReadOnlyInAWritableFolder) {
  {
    open();
  }
  fs::permissions(at("study.db"), fs::perms{0444});
  fs::permissions(folder_, fs::perms{0777});
  const int code = as_nobody([&] {
    const auto store = Store::open(at("study.db"), Mode::create_or_resume);
    return !store && store.error().code() == Errc::io &&
           store.error().message().find("read-only") != std::string::npos;
  });
  if (code == 77) GTEST_SKIP() << "cannot become another user here";
  EXPECT_EQ(code, 0);
}

TEST_F(Opening, ForReadingSeesTheLogOfAKilledRun) {
  leave_killed(at("study.db"));
  const std::string before = bytes_of(at("study.db")), log = bytes_of(at("study.db-wal"));
  ASSERT_FALSE(log.empty());
  EXPECT_THAT(must(read().rounds("first case")), ElementsAre(small_round(0)));
  EXPECT_TRUE(bytes_of(at("study.db")) == before);
  EXPECT_TRUE(bytes_of(at("study.db-wal")) == log);
}

TEST_F(Opening, ForReadingSeesTheLogOfAKilledRunOnAReadOnlyDisk) {
  for (const bool with_index : {true, false}) {
    leave_killed(at("study.db"));
    if (!with_index) fs::remove(at("study.db-shm"));
    for (const auto& entry : fs::directory_iterator{folder_}) fs::permissions(entry, fs::perms{0444});
    fs::permissions(folder_, fs::perms{0555});
    const int code = as_nobody([&] {
      auto store = Store::open(at("study.db"), Mode::read_only);
      auto rounds = store ? store->rounds("first case") : Error{Errc::io, ""};
      return rounds && rounds->size() == 1 && (*rounds)[0] == small_round(0);
    });
    fs::permissions(folder_, fs::perms{0755});
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    if (code == 77) GTEST_SKIP() << "cannot become another user here";
    EXPECT_EQ(code, 0) << (with_index ? "with" : "without") << " -shm";
  }
}

TEST_F(Opening, ForReadingTakesACopyOfTheFileOfARunInProgress) {
  auto store = open();
  must(store.put_row(full_row("first case")));
  must(store.checkpoint());
  fs::copy_file(at("study.db"), at("copy.db"));
  const std::size_t count = files();
  EXPECT_EQ(must(must(Store::open(at("copy.db"), Mode::read_only)).rows()).size(), 1U);
  EXPECT_EQ(files(), count);
}

// A reader that stayed on kept the file in WAL mode; then log and index were removed, or never copied along.
TEST_F(Opening, ForReadingWorksOnAFileInWalModeInAReadOnlyFolder) {
  auto writer = open();
  must(writer.put_row(full_row("first case")));
  must(writer.checkpoint());
  fs::create_directory(at("copy"));
  fs::copy_file(at("study.db"), at("copy/study.db"));
  write_file(at("copy/study.db-lock"), "");
  fs::permissions(at("copy"), fs::perms{0555});
  const int code = as_nobody([&] {
    auto store = Store::open(at("copy/study.db"), Mode::read_only);
    return store && store->rows() && store->rows()->size() == 1;
  });
  fs::permissions(at("copy"), fs::perms{0755});
  if (code == 77) GTEST_SKIP() << "cannot become another user here";
  EXPECT_EQ(code, 0);
}

TEST_F(Opening, ForWritingIsForOneProcessAtATime) {
  auto first = open();
  const auto second = Store::open(at("study.db"), Mode::create_or_resume);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::invalid_input);
  EXPECT_THAT(second.error().message(),
              AllOf(HasSubstr("study.db' is being written by process " + std::to_string(getpid())),
                    HasSubstr("test_store"), HasSubstr("-o FILE")));
  must(first.put_row(full_row("first case")));
  first.close();
  EXPECT_EQ(must(open().rows()).size(), 1U);
}

TEST_F(Opening, ForWritingSeesTheOtherWriterThroughALink) {
  auto first = open();
  fs::create_symlink(at("study.db"), at("link.db"));
  const auto second = Store::open(at("link.db"), Mode::create_or_resume);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("is being written by process"));
}

TEST_F(Opening, ForWritingFollowsAKilledRun) {
  leave_killed(at("study.db"));
  EXPECT_TRUE(fs::exists(at("study.db-lock")));
  {
    auto store = open();
    EXPECT_THAT(must(store.rounds("first case")), ElementsAre(small_round(0)));
  }
  EXPECT_EQ(files(), 1U);
}

TEST_F(Opening, ForReadingIsFreeDuringARun) {
  auto writer = open();
  auto reader = read();
  for (std::int64_t i = 0; i < 3; ++i) {
    must(writer.add_round("first case", small_round(i)));
    EXPECT_EQ(must(reader.rounds("first case")).size(), static_cast<std::size_t>(i) + 1);
  }
  writer.close();
  EXPECT_EQ(must(reader.rounds("first case")).size(), 3U);
  auto next = open();
  must(next.add_round("first case", small_round(3)));
  EXPECT_EQ(must(reader.rounds("first case")).size(), 4U);
  reader.close();
  next.close();
  EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace deepgap::store

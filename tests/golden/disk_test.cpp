#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "database.hpp"
#include "program.hpp"

// Disks that are full or may not be written: the run stops, and what was measured stays readable.
namespace deepgap::golden {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr int kFailed = 1;

class Disk : public Program {
 protected:
  // One case at a time, so that the first ones are finished when the disk is full; and full it will be,
  // however few samples a busy machine makes: every round and row takes its pages of the log.
  void study_in_windows() {
    study("s.toml", {.top = "batches = [1, 2, 3, 4]\n",
                     .measure = "memory_limit = \"200MB\"\nround_min = 0.05\nround_cap = \"50ms\"\n",
                     .options = "law = \"lognormal\"\nlatency_us = 50\ncv = 0.5\n"});
  }
  // Returns every round that is in the store.
  Table expect_stopped_and_readable(const Ended& ended, const fs::path& store) {
    EXPECT_EQ(ended.code, kFailed) << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr(store.filename().string()), Not(HasSubstr("bug in deepgap"))));
    EXPECT_THAT(ended.out, HasSubstr("tiny"));  // what was measured is shown
    const Table rounds = raw_rounds(store);
    EXPECT_FALSE(rounds.empty());
    EXPECT_FALSE(rows(store.string()).empty());
    EXPECT_EQ(raw_rounds(store), rounds);
    return rounds;
  }
};

TEST_F(Disk, FullDiskStopsTheRunAndKeepsWhatWasMeasured) {
  study_in_windows();
  fs::create_directory(folder() / "disk");
  if (!mount_small_disk(folder() / "disk", 420'000)) GTEST_SKIP() << "mounting is not allowed here";
  const Ended ended = run({"run", "s.toml", "-q", "-o", "disk/s.db"});
  EXPECT_THAT(ended.err, HasSubstr("full"));
  expect_stopped_and_readable(ended, folder() / "disk/s.db");
}

TEST_F(Disk, FileSizeLimitStopsTheRunAndTheNextOneGoesOn) {
  study_in_windows();
  const Ended ended = run({"run", "s.toml", "-q"}, {.largest_file = 300'000});
  EXPECT_EQ(ended.signal, 0);
  const Table kept = expect_stopped_and_readable(ended, folder() / "s.db");
  const Ended again = run({"run", "s.toml", "-q"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(raw_rounds(folder() / "s.db"), IsSupersetOf(kept));
  EXPECT_EQ(rows("s.db").size(), 4U);
}

TEST_F(Disk, NoRoomForTheStoreAtAllIsToldByName) {
  study("s.toml");
  const Ended ended = run({"run", "s.toml", "-q"}, {.largest_file = 8192});
  EXPECT_EQ(ended.code, kFailed) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("s.db"));
  EXPECT_FALSE(fs::exists(folder() / "s.db"));
}

TEST_F(Disk, ReadOnlyFolderCanBeReportedNotRun) {
  study("s.toml");
  fs::create_directory(folder() / "kept");
  fs::copy_file(data("program/results.db"), folder() / "kept/s.db");
  if (!make_read_only(folder() / "kept")) GTEST_SKIP() << "mounting is not allowed here";
  EXPECT_EQ(run({"report", "kept/s.db"}).code, 0);
  for (const char* store : {"kept/s.db", "kept/new.db"}) {
    const Ended ended = run({"run", "s.toml", "-o", store});
    EXPECT_EQ(ended.code, kFailed) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(store));
  }
}

TEST_F(Disk, CacheThatCannotBeWrittenIsToldWithItsCure) {
  study("s.toml");
  write("cache", "a file where a folder should be");
  const Ended ended =
      run({"run", "s.toml", "-q"}, {.more = {{"DEEPGAP_CACHE_DIR", (folder() / "cache").string()}}});
  EXPECT_EQ(ended.code, kFailed) << ended.err;
  EXPECT_THAT(ended.out + ended.err, AllOf(HasSubstr("cannot write"), HasSubstr("DEEPGAP_CACHE_DIR")));
}

}  // namespace
}  // namespace deepgap::golden

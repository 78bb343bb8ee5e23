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
using ::testing::Not;

constexpr int kFailed = 1;
constexpr int kNothing = 4;

class Disk : public Program {
 protected:
  // Short calls, so that samples come by the hundred thousand; one case at a time, so that the first ones are
  // finished when the disk is full.
  void study_of_many_samples() {
    study("s.toml",
          {.top = "batches = [1, 2, 3, 4, 5, 6]\n",
           .measure = "rounds = 3\nmemory_limit = \"200MB\"\nround_min = 0.05\nround_cap = \"50ms\"\n",
           .options = "law = \"lognormal\"\nlatency_us = 2\ncv = 0.5\n"});
  }
  void expect_readable_and_resumable(const Ended& ended, const std::string& store) {
    EXPECT_EQ(ended.code, kFailed) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(store));
    EXPECT_THAT(ended.err, Not(HasSubstr("bug in deepgap")));
    const Ended report = run({"report", store, "--json"});
    const auto before = raw_rounds(store);
    if (report.code != kNothing) {
      EXPECT_EQ(report.code, 0) << report.err;
      EXPECT_THAT(ended.out, HasSubstr("tiny"));  // what was measured is shown
    }
    EXPECT_EQ(raw_rounds(store), before);
  }
};

TEST_F(Disk, FullDiskStopsTheRunAndKeepsWhatWasMeasured) {
  study_of_many_samples();
  fs::create_directory(folder() / "disk");
  if (!mount_small_disk(folder() / "disk", 600'000)) GTEST_SKIP() << "mounting is not allowed here";
  const std::string store = (folder() / "disk/s.db").string();
  const Ended ended = run({"run", "s.toml", "-q", "-o", store});
  EXPECT_THAT(ended.err, HasSubstr("full"));
  expect_readable_and_resumable(ended, store);
  EXPECT_GT(raw_rounds(store).size(), 0U);
}

TEST_F(Disk, FileSizeLimitStopsTheRunAndKeepsWhatWasMeasured) {
  study_of_many_samples();
  const std::string store = (folder() / "s.db").string();
  const Ended ended = run({"run", "s.toml", "-q"}, {.largest_file = 400'000});
  EXPECT_EQ(ended.signal, 0);
  EXPECT_THAT(ended.err, HasSubstr("s.db"));
  expect_readable_and_resumable(ended, "s.db");
  EXPECT_GT(raw_rounds(store).size(), 0U);
  const Table kept = raw_rounds(store);
  const Ended again = run({"run", "s.toml", "-q"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(raw_rounds(store), ::testing::IsSupersetOf(kept));
  EXPECT_EQ(rows("s.db").size(), 6U);
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

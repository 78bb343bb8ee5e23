#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "fixture.hpp"

namespace deepgap::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path stored(std::size_t schema) {
  return std::filesystem::path{DEEPGAP_TEST_DATA} / "store" / ("schema_" + std::to_string(schema) + ".store");
}

// What the files in tests/data/store hold. Only members that schema 1 had may be set.
void fill(Store& store) {
  must(store.set_study_info({"quick", "f1", "2026-01-02T03:04:05Z", "0.1.0", "{}"}));
  RunInfo run;
  run.id = "run-1";
  must(store.begin_run(run));
  must(store.set_plan(std::vector<PlanEntry>{{"first case", {}}}));
  must(store.put_row(full_row("first case")));
  must(store.add_round("first case", full_round(0)));
  must(store.put_tensors("golden", {make_tensor(DType::f32, {2})}));
}

class Migration : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    std::filesystem::copy_file(stored(1), at("study.db"));
  }
  std::int64_t schema_of_file() {
    return must(
        must(Database::open(at("study.db").string(), SQLITE_OPEN_READONLY)).integer("PRAGMA user_version"));
  }
  static std::vector<std::string> with(const std::vector<std::string>& more) {
    std::vector<std::string> steps{current_schema().begin(), current_schema().end()};
    steps.insert(steps.end(), more.begin(), more.end());
    return steps;
  }
  const std::vector<std::string> later_ = with(
      {"ALTER TABLE results ADD COLUMN later REAL; CREATE TABLE later (x)", "INSERT INTO later VALUES (7)"});
};

// Every schema that was ever released has its file here; DEEPGAP_UPDATE_GOLDEN=1 makes that of today's.
TEST(StoredSchema, EverySchemaHasItsFile) {
  const auto newest = stored(current_schema().size());
  if (std::getenv("DEEPGAP_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::remove(newest);
    auto store = must(Store::open(newest, Mode::create_or_resume));
    fill(store);
  }
  for (std::size_t schema = 1; schema <= current_schema().size(); ++schema)
    EXPECT_TRUE(std::filesystem::is_regular_file(stored(schema))) << schema;
}

TEST_F(Migration, ReadsEveryOlderStoreAndChangesNothing) {
  for (std::size_t schema = 1; schema <= current_schema().size(); ++schema) {
    const std::string before = bytes_of(stored(schema));
    auto store = must(Store::open(stored(schema), Mode::read_only));
    EXPECT_EQ(must(store.study_info())->fingerprint, "f1");
    EXPECT_THAT(must(store.rows()), ElementsAre(full_row("first case")));
    EXPECT_THAT(must(store.rounds("first case")), ElementsAre(full_round(0)));
    EXPECT_EQ(must(store.tensors("golden"))->size(), 1U);
    EXPECT_TRUE(bytes_of(stored(schema)) == before);
  }
}

TEST_F(Migration, BringsAnOlderStoreUpToDateWhenItIsWritten) {
  {
    auto store = must(Store::open(at("study.db"), Mode::create_or_resume, later_));
    EXPECT_THAT(must(store.rows()), ElementsAre(full_row("first case")));
    must(store.put_row(full_row("second case")));
  }
  EXPECT_EQ(schema_of_file(), static_cast<std::int64_t>(later_.size()));
  auto database = must(Database::open(at("study.db").string(), SQLITE_OPEN_READONLY));
  EXPECT_EQ(must(database.integer("SELECT x FROM later")), 7);
}

TEST_F(Migration, ReadsAnOlderStoreInACopy) {
  const std::string before = bytes_of(at("study.db"));
  {
    auto store = must(Store::open(at("study.db"), Mode::read_only, later_));
    EXPECT_THAT(must(store.rows()), ElementsAre(full_row("first case")));
  }
  EXPECT_TRUE(bytes_of(at("study.db")) == before);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Migration, ThatFailsLeavesTheStoreAsItWas) {
  const auto steps = with({"CREATE TABLE later (x)", "CREATE TABLE more (x); nonsense"});
  const auto store = Store::open(at("study.db"), Mode::create_or_resume, steps);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr("from schema"));
  EXPECT_EQ(schema_of_file(), 1) << "that of the file, not of this program";
  EXPECT_THAT(must(must(Store::open(at("study.db"), Mode::create_or_resume)).rows()),
              ElementsAre(full_row("first case")));
  auto database = must(Database::open(at("study.db").string(), SQLITE_OPEN_READONLY));
  EXPECT_EQ(must(database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'later'")), 0);
}

TEST_F(Migration, RefusesANewerStoreAndLeavesItAlone) {
  {
    must(Store::open(at("study.db"), Mode::create_or_resume, later_));
  }
  const std::string before = bytes_of(at("study.db"));
  for (const Mode mode : {Mode::read_only, Mode::create_or_resume}) {
    const auto store = Store::open(at("study.db"), mode);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), Errc::invalid_input);
    EXPECT_THAT(store.error().message(),
                HasSubstr(fmt::format("was written by a newer deepgap (schema {}, this program knows {}); "
                                      "upgrade deepgap",
                                      later_.size(), current_schema().size())));
  }
  EXPECT_TRUE(bytes_of(at("study.db")) == before);
  EXPECT_EQ(files(), 1U);
}

// Killed before its log was moved into the file: the header still tells the older schema.
TEST_F(Migration, RefusesANewerStoreWhoseLogAloneTellsSo) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = Store::open(at("study.db"), Mode::create_or_resume, later_);
    if (store) ::kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  for (const Mode mode : {Mode::read_only, Mode::create_or_resume}) {
    const auto store = Store::open(at("study.db"), mode);
    ASSERT_FALSE(store);
    EXPECT_THAT(store.error().message(),
                HasSubstr(fmt::format("written by a newer deepgap (schema {}", later_.size())));
  }
}

TEST_F(Migration, MakesTheSameTablesAsAFreshStore) {
  {
    must(Store::open(at("fresh.db"), Mode::create_or_resume));
  }
  {
    must(Store::open(at("study.db"), Mode::create_or_resume));
  }
  const auto tables = [&](const char* name) {
    auto database = must(Database::open(at(name).string(), SQLITE_OPEN_READONLY));
    Query found = database.query(
        "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_schema m, "
        "pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.name");
    std::vector<std::string> all;
    while (must(found.next())) {
      all.push_back(found.text(0) + "." + found.text(1) + " " + found.text(2) + found.text(3) +
                    found.text(4));
    }
    return all;
  };
  EXPECT_EQ(tables("fresh.db"), tables("study.db"));
}

}  // namespace
}  // namespace deepgap::store

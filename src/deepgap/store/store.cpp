#include "deepgap/store/store.hpp"

#include <fmt/core.h>

#include <map>
#include <utility>

#include "deepgap/store/opening.hpp"

namespace deepgap::store {

Result<Store> Store::open(const std::filesystem::path& file, Mode mode, Schema schema) {
  if (mode == Mode::read_only) {
    auto database = open_for_reading(file, schema);
    if (!database) return std::move(database).error();
    return Store{file, std::nullopt, std::move(*database)};
  }
  auto writer = open_for_writing(file, schema);
  if (!writer) return std::move(writer).error();
  return Store{file, std::move(writer->lock), std::move(writer->database)};
}

Store::Store(std::filesystem::path file, std::optional<WriteLock> lock, Database database)
    : file_{std::move(file)}, lock_{std::move(lock)}, database_{std::move(database)} {}

Store& Store::operator=(Store&& other) noexcept {
  if (this != &other) {
    close();
    file_ = std::move(other.file_);
    lock_ = std::move(other.lock_);
    database_ = std::move(other.database_);
    current_run_ = std::move(other.current_run_);
  }
  return *this;
}

Store::~Store() { close(); }

void Store::close() noexcept {
  if (database_.is_open() && lock_) settle(database_);
  database_.close();
  lock_.reset();
}

Error Store::told(Error error, std::string_view doing) const {
  return std::move(error).in(fmt::format("'{}': {}", file_.string(), doing));
}

Status Store::told(Status status, std::string_view doing) const {
  if (!status) return told(std::move(status).error(), doing);
  return status;
}

Result<std::optional<StudyInfo>> Store::study_info() {
  std::map<std::string, std::string, std::less<>> values;
  Query found = database_.query("SELECT key, value FROM meta");
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), "read what study it is of");
    if (!*there) break;
    values[found.text(0)] = found.text(1);
  }
  if (!values.contains("fingerprint")) return std::optional<StudyInfo>{};
  return std::optional{StudyInfo{values["study"], values["fingerprint"], values["created_at"],
                                 values["deepgap_version"], values["machine"]}};
}

Status Store::set_study_info(const StudyInfo& info) {
  const std::pair<std::string_view, std::string_view> values[] = {{"study", info.name},
                                                                  {"fingerprint", info.fingerprint},
                                                                  {"created_at", info.created_at},
                                                                  {"deepgap_version", info.deepgap_version},
                                                                  {"machine", info.machine_json}};
  return told(database_.transaction([&]() -> Status {
    for (const auto& [key, value] : values) {
      auto set =
          database_.query("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)").bind(key, value).run();
      if (!set) return set;
    }
    return {};
  }),
              "write what study it is of");
}

Status Store::begin_run(const RunInfo& run) {
  auto begun =
      database_
          .query(
              "INSERT INTO runs (id, started_at, deepgap_version, git_revision, build, host, settings, "
              "ended_at, ended_how) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .bind(run.id, run.started_at, run.deepgap_version, run.git_revision, run.build, run.host,
                run.settings_json, run.ended_at, run.ended_how)
          .run();
  if (begun) current_run_ = run.id;
  return told(std::move(begun), fmt::format("begin run {}", run.id));
}

Status Store::end_run(std::string_view id, std::string_view ended_at, std::string_view how) {
  Query update = database_.query("UPDATE runs SET ended_at = ?, ended_how = ? WHERE id = ? RETURNING id");
  auto updated = update.bind(ended_at, how, id).next();
  if (updated && !*updated) updated = Error{Errc::internal, "it never began"};
  if (!updated) return told(std::move(updated).error(), fmt::format("end run {}", id));
  if (current_run_ == id) current_run_.reset();
  return {};
}

Result<std::vector<RunInfo>> Store::runs() {
  std::vector<RunInfo> all;
  Query found = database_.query(
      "SELECT id, started_at, deepgap_version, git_revision, build, host, settings, ended_at, ended_how FROM "
      "runs "
      "ORDER BY rowid");
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), "read its runs");
    if (!*there) return all;
    all.push_back({found.text(0), found.text(1), found.text(2), found.text(3), found.text(4), found.text(5),
                   found.text(6), found.maybe_text(7), found.maybe_text(8)});
  }
}

Status Store::set_plan(std::span<const PlanEntry> plan) {
  return told(database_.transaction([&]() -> Status {
    if (auto cleared = database_.query("DELETE FROM plan").run(); !cleared) return cleared;
    std::int64_t position = 0;
    for (const PlanEntry& entry : plan) {
      auto set = database_.query("INSERT INTO plan (\"case\", position, skipped_why) VALUES (?, ?, ?)")
                     .bind(entry.case_string, position++, entry.skipped_why)
                     .run();
      if (!set) return std::move(set).error().in(entry.case_string);
    }
    return {};
  }),
              "write the plan");
}

Result<std::vector<PlanEntry>> Store::plan() {
  std::vector<PlanEntry> all;
  Query found = database_.query("SELECT \"case\", skipped_why FROM plan ORDER BY position");
  for (;;) {
    auto there = found.next();
    if (!there) return told(std::move(there).error(), "read the plan");
    if (!*there) return all;
    all.push_back({found.text(0), found.maybe_text(1)});
  }
}

Status Store::checkpoint() {
  return told(database_.exec("PRAGMA wal_checkpoint(PASSIVE)"), "move the log into the file");
}

}  // namespace deepgap::store

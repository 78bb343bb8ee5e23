#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/record/journal.hpp"
#include "deepgap/store/schema.hpp"
#include "deepgap/store/sqlite.hpp"
#include "deepgap/store/write_lock.hpp"

// Where results stay: one SQLite file a study. Knows: files, tables, schema versions, crash safety, who
// writes. Never knows: what a number means, which cases there should be, output formats.
namespace deepgap::store {

// read_only changes nothing. create_or_resume makes the file when it is missing and shuts out other writers.
enum class Mode : std::uint8_t { read_only, create_or_resume };

// What the store is about. The caller compares fingerprints and decides whether to resume.
struct StudyInfo {
  std::string name, fingerprint;
  std::string created_at;       // RFC 3339, UTC
  std::string deepgap_version;  // that created it
  std::string machine_json;     // one JSON object
  friend bool operator==(const StudyInfo&, const StudyInfo&) = default;
};

// One `deepgap run` on this store. A run without an end was killed, or is still going.
struct RunInfo {
  std::string id, started_at, deepgap_version, git_revision, build, host;
  std::string settings_json = "{}";
  std::optional<std::string> ended_at, ended_how;  // "done", "interrupted", "disk full", ...: in words
  friend bool operator==(const RunInfo&, const RunInfo&) = default;
};

struct PlanEntry {
  std::string case_string;
  std::optional<std::string> skipped_why;  // absent = it was to run
  friend bool operator==(const PlanEntry&, const PlanEntry&) = default;
};

struct RoundSummary {
  std::string case_string;
  std::optional<std::string> run;  // that measured it
  record::Round round;             // latencies_ns and ends_ns are empty
  friend bool operator==(const RoundSummary&, const RoundSummary&) = default;
};

// Every call is one transaction and is on disk when it returns: it survives kill -9 and, as far as the disk
// keeps its word, loss of power. A call that fails changes nothing, and what earlier calls wrote stays.
// Failures: io (disk full, read-only, locked), invalid_input (damaged store), internal (our bug); the message
// begins with the file's name. One thread at a time; never used on both sides of a fork.
class Store final : public record::Journal {
 public:
  // invalid_input: missing, not a store, damaged, of a newer schema, or being written by another process
  // (which). `schema` is for tests of migrations.
  [[nodiscard]] static Result<Store> open(const std::filesystem::path& file, Mode mode,
                                          Schema schema = current_schema());
  Store(Store&&) noexcept = default;
  Store& operator=(Store&& other) noexcept;
  ~Store() override;

  // Gives everything back and leaves one plain file (no -wal, -shm, -lock) unless somebody is reading it. The
  // destructor does the same; a closed store must not be used.
  void close() noexcept;

  Result<std::optional<StudyInfo>> study_info();  // absent until it was set
  Status set_study_info(const StudyInfo& info);
  Status begin_run(const RunInfo& run);  // rounds added from now on are this run's
  Status end_run(std::string_view id, std::string_view ended_at, std::string_view how);
  Result<std::vector<RunInfo>> runs();               // in the order they began
  Status set_plan(std::span<const PlanEntry> plan);  // replaces the plan; results and rounds stay
  Result<std::vector<PlanEntry>> plan();

  Result<std::vector<record::Row>> rows();  // in the order of the plan, then those that are not in it
  Result<std::vector<RoundSummary>> round_summaries();  // of all cases, in the same order, then by index
  Status checkpoint();  // moves the log into the file, as far as readers allow

  Status add_round(std::string_view case_string, const record::Round& round) override;
  Status each_round(std::string_view case_string, const std::function<void(record::Round)>& visit) override;
  Status put_row(const record::Row& row) override;
  Result<std::optional<record::Row>> row(std::string_view case_string) override;
  Status put_tensors(std::string_view key, const std::vector<Tensor>& tensors) override;
  Result<std::optional<std::vector<Tensor>>> tensors(std::string_view key) override;

 private:
  Store(std::filesystem::path file, std::optional<WriteLock> lock, Database database);
  Status write_tensors(std::string_view key, const std::vector<Tensor>& tensors);
  // "'study.db': write the plan: database or disk is full"
  [[nodiscard]] Error told(Error error, std::string_view doing) const;
  [[nodiscard]] Status told(Status status, std::string_view doing) const;

  std::filesystem::path file_;
  std::optional<WriteLock> lock_;  // absent = read only; outlives the connection
  Database database_;
  std::optional<std::string> current_run_;
};

}  // namespace deepgap::store

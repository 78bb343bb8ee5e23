#pragma once

#include <optional>
#include <span>
#include <string>

#include "deepgap/record/row.hpp"

namespace deepgap::report {

inline constexpr int kResultSchemaVersion = 1;

// What a result file says beside its rows.
struct Meta {
  std::string generator = "deepgap";             // "deepgap 0.1.0"
  std::optional<std::string> generated_at = {};  // RFC 3339, UTC
  std::optional<std::string> study_name = {}, study_fingerprint = {};
  std::string machine_json = {};  // a JSON object as text, described by host/; "" or anything else = null
};

// {"schema_version", "generator", "generated_at", "machine", "study", "rows"}: a row is an object with every
// column of record/columns as a key, absent = null. Conforms to docs/result.schema.json; ends with a newline.
[[nodiscard]] std::string to_json(std::span<const record::Row> rows, const Meta& meta = {});

// docs/result.schema.json (JSON Schema, draft 2020-12), made from the columns.
[[nodiscard]] std::string result_schema();

}  // namespace deepgap::report

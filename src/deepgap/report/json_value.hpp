#pragma once

#include <nlohmann/json.hpp>

#include "deepgap/record/columns.hpp"

// Private to report/: a column's value as JSON.
namespace deepgap::report {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json to_json_value(const record::Value& value);

// Compact or indented text; text that is not UTF-8 is replaced, never thrown about.
[[nodiscard]] std::string dump(const Json& json, int indent = -1);

}  // namespace deepgap::report

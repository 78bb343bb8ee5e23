#include "deepgap/report/json.hpp"

#include "deepgap/record/columns.hpp"
#include "deepgap/report/json_value.hpp"

namespace deepgap::report {
namespace {

Json optional_text(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json machine(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_object() ? parsed : Json(nullptr);
}

Json study(const Meta& meta) {
  if (!meta.study_name && !meta.study_fingerprint) return nullptr;
  return {{"name", optional_text(meta.study_name)}, {"fingerprint", optional_text(meta.study_fingerprint)}};
}

Json row_object(const record::Row& row) {
  Json object = Json::object();
  for (const record::Column& column : record::columns()) object[column.name] = to_json_value(column.get(row));
  return object;
}

Json type_of(const record::Column& column) {
  const auto maybe = [&](const char* type) { return column.always ? Json(type) : Json{type, "null"}; };
  switch (column.kind) {
    case record::Kind::text: return maybe("string");
    case record::Kind::integer: return maybe("integer");
    case record::Kind::real: return maybe("number");
    case record::Kind::json_object: return maybe("object");
    case record::Kind::json_list: return maybe("array");
  }
  return nullptr;
}

Json column_schema(const record::Column& column) {
  Json schema = {{"type", type_of(column)}, {"description", column.definition}};
  if (!column.unit.empty()) schema["x-unit"] = column.unit;
  if (!column.allowed.empty()) {
    schema["enum"] = column.allowed;
    if (!column.always) schema["enum"].push_back(nullptr);
  }
  if (column.kind == record::Kind::json_list) schema["items"] = {{"type", "string"}};
  if (column.kind == record::Kind::json_object)
    schema["additionalProperties"] = {{"type", {"string", "null"}}};
  return schema;
}

Json row_schema() {
  Json properties = Json::object(), required = Json::array();
  for (const record::Column& column : record::columns()) {
    properties[column.name] = column_schema(column);
    required.push_back(column.name);
  }
  return {{"type", "object"},
          {"description", "A case and what happened to it. Every column is there; absent is null."},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

}  // namespace

Json to_json_value(const record::Value& value) {
  return std::visit(
      [](const auto& held) -> Json {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<Held, record::TextMap>) {
          Json object = Json::object();
          for (const auto& [key, text] : held) object[key] = optional_text(text);
          return object;
        } else {
          return held;
        }
      },
      value);
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(std::span<const record::Row> rows, const Meta& meta) {
  Json list = Json::array();
  for (const record::Row& row : rows) list.push_back(row_object(row));
  const Json document = {{"schema_version", kResultSchemaVersion},
                         {"generator", meta.generator},
                         {"generated_at", optional_text(meta.generated_at)},
                         {"machine", machine(meta.machine_json)},
                         {"study", study(meta)},
                         {"rows", std::move(list)}};
  return dump(document, 1) + "\n";
}

std::string result_schema() {
  const Json text_or_null = {{"type", {"string", "null"}}};
  const Json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "DeepGap result"},
      {"description", "What `deepgap report --json` writes. Made from the table of columns; see metrics.md."},
      {"type", "object"},
      {"properties",
       {{"schema_version", {{"const", kResultSchemaVersion}}},
        {"generator", {{"type", "string"}, {"description", "Program and version that wrote the file."}}},
        {"generated_at",
         {{"type", {"string", "null"}}, {"description", "RFC 3339, UTC."}, {"format", "date-time"}}},
        {"machine",
         {{"type", {"object", "null"}}, {"description", "The machine, as `deepgap doctor` sees it."}}},
        {"study",
         {{"type", {"object", "null"}},
          {"properties", {{"name", text_or_null}, {"fingerprint", text_or_null}}},
          {"required", {"name", "fingerprint"}},
          {"additionalProperties", false}}},
        {"rows", {{"type", "array"}, {"items", {{"$ref", "#/$defs/row"}}}}}}},
      {"required", {"schema_version", "generator", "generated_at", "machine", "study", "rows"}},
      {"additionalProperties", false},
      {"$defs", {{"row", row_schema()}}}};
  return dump(schema, 1) + "\n";
}

}  // namespace deepgap::report

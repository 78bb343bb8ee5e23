#include "deepgap/report/json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "deepgap/record/columns.hpp"
#include "golden.hpp"
#include "sample_rows.hpp"

namespace deepgap::report {
namespace {

using Json = nlohmann::json;

// The part of JSON Schema (draft 2020-12) that docs/result.schema.json uses. Returns the first violation.
class Validator {
 public:
  explicit Validator(Json schema) : root_(std::move(schema)) {}
  std::string check(const Json& value) const { return check(value, root_, "$"); }

 private:
  static bool is_type(const Json& value, const std::string& type) {
    if (type == "null") return value.is_null();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    ADD_FAILURE() << "type the validator does not know: " << type;
    return false;
  }

  std::string check(const Json& value, const Json& schema, const std::string& at) const {
    if (schema.contains("$ref")) {
      const auto pointer = schema["$ref"].get<std::string>().substr(1);
      return check(value, root_.at(Json::json_pointer{pointer}), at);
    }
    if (schema.contains("const") && value != schema["const"]) return at + ": not the constant";
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
      return at + ": " + value.dump() + " is not one of the allowed values";
    if (schema.contains("type")) {
      const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
      if (std::none_of(types.begin(), types.end(), [&](const Json& type) { return is_type(value, type); }))
        return at + ": " + value.dump() + " is not of type " + schema["type"].dump();
    }
    if (value.is_object()) return check_object(value, schema, at);
    if (value.is_array() && schema.contains("items"))
      for (std::size_t i = 0; i < value.size(); ++i)
        if (auto problem = check(value[i], schema["items"], at + "[" + std::to_string(i) + "]");
            !problem.empty())
          return problem;
    return {};
  }

  std::string check_object(const Json& value, const Json& schema, const std::string& at) const {
    const Json required = schema.value("required", Json::array());
    for (const auto& name : required)
      if (!value.contains(name.get<std::string>())) return at + ": lacks " + name.get<std::string>();
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [key, child] : value.items()) {
      const Json rest = schema.value("additionalProperties", Json(true));
      if (!properties.contains(key) && rest == Json(false)) return at + ": unknown key " + key;
      const Json child_schema = properties.contains(key) ? properties[key]
                                : rest.is_object()       ? rest
                                                         : Json::object();
      if (auto problem = check(child, child_schema, at + "." + key); !problem.empty()) return problem;
    }
    return {};
  }

  Json root_;
};

Json published_schema() { return Json::parse(testing::read_file(testing::docs("result.schema.json"))); }

TEST(Json, ConformsToThePublishedSchema) {
  const Validator validator{published_schema()};
  EXPECT_EQ(validator.check(Json::parse(to_json({}))), "");
  EXPECT_EQ(validator.check(Json::parse(to_json(testing::sample_rows()))), "");
  const Meta meta{.generated_at = "2026-01-02T03:05:00Z", .study_name = "quick", .machine_json = "{}"};
  EXPECT_EQ(validator.check(Json::parse(to_json(testing::sample_rows(), meta))), "");
}

TEST(Json, TheSchemaRefusesWhatIsWrong) {
  const Validator validator{published_schema()};
  const Json good = Json::parse(to_json(testing::sample_rows()));
  const auto problem_with = [&](auto spoil) {
    Json bad = good;
    spoil(bad);
    return validator.check(bad);
  };
  EXPECT_NE(problem_with([](Json& j) { j["schema_version"] = 99; }), "");
  EXPECT_NE(problem_with([](Json& j) { j.erase("rows"); }), "");
  EXPECT_NE(problem_with([](Json& j) { j["rows"][0].erase("power_w"); }), "");
  EXPECT_NE(problem_with([](Json& j) { j["rows"][0]["surprise"] = 1; }), "");
  EXPECT_NE(problem_with([](Json& j) { j["rows"][0]["batch"] = "1"; }), "");
  EXPECT_NE(problem_with([](Json& j) { j["rows"][0]["batch"] = nullptr; }), "");
  EXPECT_NE(problem_with([](Json& j) { j["rows"][0]["outcome"] = "fine"; }), "");
  EXPECT_NE(problem_with([](Json& j) { j["rows"][0]["warnings"] = {1}; }), "");
}

TEST(Json, TheSchemaHasEveryColumnAndNoOther) {
  const Json properties = published_schema()["$defs"]["row"]["properties"];
  EXPECT_EQ(properties.size(), record::columns().size());
  for (const record::Column& column : record::columns())
    EXPECT_EQ(properties.at(column.name).at("description"), column.definition);
}

TEST(Json, AbsentIsNull) {
  const record::Row row;
  const Json object = Json::parse(to_json(std::span{&row, 1}))["rows"][0];
  EXPECT_TRUE(object.at("power_w").is_null());
  EXPECT_TRUE(object.at("settings_effective").is_null());
  EXPECT_EQ(object.size(), record::columns().size());
}

TEST(Json, NumbersAreNumbersAndReadBackExactly) {
  record::Row row;
  row.power_w = 0.1 + 0.2;
  row.batch = 32;
  const Json object = Json::parse(to_json(std::span{&row, 1}))["rows"][0];
  EXPECT_EQ(object.at("power_w").get<double>(), 0.1 + 0.2);
  EXPECT_TRUE(object.at("batch").is_number_integer());
}

TEST(Json, ABadMachineIsNullAndNeverAnError) {
  for (const char* text : {"", "not json", "[1]", "{\"a\":"}) {
    Meta meta;
    meta.machine_json = text;
    EXPECT_TRUE(Json::parse(to_json({}, meta)).at("machine").is_null()) << text;
  }
  Meta meta;
  meta.machine_json = R"({"cpu": "Xeon"})";
  EXPECT_EQ(Json::parse(to_json({}, meta)).at("machine").at("cpu"), "Xeon");
}

TEST(Json, TextThatIsNotUtf8IsReplaced) {
  record::Row row;
  row.model = "a\xff";
  row.settings = {{"k\xfe", {"v\xfd", std::nullopt}}};
  const Json object = Json::parse(to_json(std::span{&row, 1}))["rows"][0];
  EXPECT_EQ(object.at("model"), "a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace deepgap::report

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "deepgap/model/onnx_read.hpp"
#include "deepgap/model/reference.hpp"
#include "files.hpp"

// The outputs in expected.json come from outside: by hand, or from an unoptimised runtime.
namespace deepgap::model {
namespace {

using Json = nlohmann::json;

struct Case {
  std::filesystem::path file;
  Json expected;
};

std::vector<Case> cases_with_outputs() {
  std::vector<Case> cases;
  for (const auto& folder : std::filesystem::directory_iterator{models()}) {
    std::ifstream in{folder.path() / "expected.json"};
    const Json parsed = Json::parse(in);
    for (const auto& [file, expected] : parsed.at("models").items())
      if (expected.contains("outputs")) cases.push_back({folder.path() / file, expected});
  }
  return cases;
}

template <class T>
void fill(const Json& data, Tensor& tensor) {
  std::size_t i = 0;
  for (const Json& value : data)
    tensor.as<T>()[i++] = value.is_boolean() ? T(value.get<bool>()) : value.get<T>();
}

Tensor tensor_from(const Json& json) {
  const std::string type = json["dtype"];
  const DType dtype = type == "float32" ? DType::f32 : type == "uint8" ? DType::u8 : DType::i64;
  Tensor tensor = make_tensor(dtype, json["shape"].get<Shape>());
  if (dtype == DType::f32) fill<float>(json["data"], tensor);
  if (dtype == DType::u8) fill<std::uint8_t>(json["data"], tensor);
  if (dtype == DType::i64) fill<std::int64_t>(json["data"], tensor);
  return tensor;
}

void expect_near(const Tensor& got, const Tensor& wanted, double atol, double rtol) {
  ASSERT_EQ(got.dtype, wanted.dtype);
  ASSERT_EQ(got.shape, wanted.shape);
  if (wanted.dtype != DType::f32) {
    EXPECT_EQ(got.bytes, wanted.bytes);
    return;
  }
  float largest = 0;
  for (const float value : wanted.as<float>()) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < wanted.as<float>().size(); ++i)
    ASSERT_NEAR(got.as<float>()[i], wanted.as<float>()[i], atol + rtol * static_cast<double>(largest))
        << "at " << i;
}

TEST(Cases, EveryModelWithKnownOutputsGivesThem) {
  const auto cases = cases_with_outputs();
  ASSERT_GE(cases.size(), 25U);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.file);
    const auto graph = read_onnx(c.file);
    ASSERT_TRUE(graph) << graph.error().message();
    std::vector<Tensor> inputs;
    for (const Value& input : graph->inputs) {
      ASSERT_TRUE(c.expected["inputs"].contains(input.name)) << input.name;
      inputs.push_back(tensor_from(c.expected["inputs"][input.name]));
    }
    const auto outputs = run_reference(*graph, inputs);
    ASSERT_TRUE(outputs) << outputs.error().message();
    ASSERT_EQ(outputs->size(), c.expected["outputs"].size());
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      const Json& wanted = c.expected["outputs"][graph->outputs[i].name];
      expect_near((*outputs)[i], tensor_from(wanted), c.expected["atol"], c.expected["rtol"]);
    }
  }
}

}  // namespace
}  // namespace deepgap::model

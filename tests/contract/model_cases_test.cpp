#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "contract_support.hpp"
#include "deepgap/model/onnx_read.hpp"

// Small networks with right answers from outside (by hand, or from an unoptimised runtime), each from a
// public bug report. Interpreter and engines may share a reader, so that their agreeing with each other
// proves nothing.
namespace deepgap::contract {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// What an engine is known to get wrong without saying so. The test demands that it is still wrong, by more
// than the tolerance: verification then catches it, and a row that becomes right makes the test fail until it
// is deleted.
struct KnownWrong {
  std::string_view engine;
  std::string_view file;
  std::string_view why;
};
constexpr KnownWrong kKnownWrong[] = {
    {"openvino", "softmax_opset11.onnx", "Softmax before opset 13 is computed along one axis"},
    {"openvino", "softmax_opset11_axis2.onnx", "Softmax before opset 13 is computed along one axis"},
    {"openvino", "avg_ceil_included_op11.onnx", "cells past the edge count as padding when rounding up"},
    {"openvino", "avg_ceil_included_op19.onnx", "cells past the edge count as padding when rounding up"},
    {"openvino", "max_ceil_window_in_pad.onnx", "a last window that starts in the end padding is kept"},
    {"onnxruntime", "max_ceil_window_in_pad.onnx", "the shape it declares is not the one it computes"},
};

struct ModelCase {
  std::string engine;
  fs::path file;
  Json expected;
};

void PrintTo(const ModelCase& one, std::ostream* out) { *out << one.engine << ' ' << one.file.string(); }

DType dtype_of(const std::string& text) {
  static const std::map<std::string, DType> types{
      {"float32", DType::f32}, {"float64", DType::f64}, {"uint8", DType::u8},    {"int8", DType::i8},
      {"int32", DType::i32},   {"int64", DType::i64},   {"bool", DType::boolean}};
  return types.at(text);
}

template <class T>
void fill(Tensor& tensor, const Json& data) {
  std::ranges::transform(data, tensor.as<T>().begin(), [](const Json& value) { return value.get<T>(); });
}

Tensor tensor_of(const Json& json) {
  Tensor tensor = make_tensor(dtype_of(json.at("dtype")), json.at("shape").get<Shape>());
  const Json& data = json.at("data");
  switch (tensor.dtype) {
    case DType::f32: fill<float>(tensor, data); break;
    case DType::f64: fill<double>(tensor, data); break;
    case DType::u8:
    case DType::boolean: fill<std::uint8_t>(tensor, data); break;
    case DType::i8: fill<std::int8_t>(tensor, data); break;
    case DType::i32: fill<std::int32_t>(tensor, data); break;
    default: fill<std::int64_t>(tensor, data); break;
  }
  return tensor;
}

std::vector<ModelCase> all_cases() {
  std::vector<ModelCase> cases;
  const fs::path root = fs::path{DEEPGAP_TEST_DATA} / "models";
  for (const auto& folder : fs::directory_iterator{root}) {
    std::ifstream in{folder.path() / "expected.json"};
    if (!in) continue;
    const Json expected = Json::parse(in);
    if (!expected.contains("models")) continue;
    for (const auto& [file, values] : expected.at("models").items())
      if (values.contains("outputs"))
        for (const std::string& engine : engine_names())
          cases.push_back({engine, folder.path() / file, values});
  }
  std::ranges::sort(cases, {}, [](const ModelCase& one) { return std::pair{one.engine, one.file}; });
  return cases;
}

const KnownWrong* known_wrong(const ModelCase& one) {
  const auto* found = std::ranges::find_if(kKnownWrong, [&](const KnownWrong& known) {
    return known.engine == one.engine && known.file == one.file.filename().string();
  });
  return found == std::end(kKnownWrong) ? nullptr : found;
}

std::string test_name(const ::testing::TestParamInfo<ModelCase>& info) {
  std::string text = info.param.engine + "_" +
                     info.param.file.parent_path().filename().string().substr(0, 3) + "_" +
                     info.param.file.stem().string();
  std::ranges::replace_if(text, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

// The file as production gives it to an engine: read, written again whole, compiled at the shapes of its
// inputs.
Network network_from(const ModelCase& one, std::vector<Tensor>& inputs) {
  auto graph = model::read_onnx(one.file);
  if (!graph) throw std::runtime_error{graph.error().message()};
  std::int64_t batch = 1;
  for (const auto& input : graph->inputs) {
    inputs.push_back(tensor_of(one.expected.at("inputs").at(input.name)));
    if (input.shape.front() == model::kBatchDim) batch = inputs.back().shape.front();
  }
  return network_of(*std::move(graph), batch);
}

class ModelCases : public ::testing::TestWithParam<ModelCase> {};
INSTANTIATE_TEST_SUITE_P(Every, ModelCases, ::testing::ValuesIn(all_cases()), test_name);

bool every_output_is_right(const ModelCase& one, const Network& network, const engine::Model& model,
                           const std::vector<Tensor>& outputs, std::ostream& wrong) {
  if (outputs.size() != one.expected.at("outputs").size()) return false;
  bool right = true;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = network.graph.outputs[i].name;
    if (model.outputs()[i].name != name) wrong << "output " << i << " is called " << model.outputs()[i].name;
    const auto found = difference(tensor_of(one.expected.at("outputs").at(name)), outputs[i]);
    const bool exact = outputs[i].dtype != DType::f32;
    if (found.within(exact ? 0 : one.expected.at("atol").get<double>(),
                     exact ? 0 : one.expected.at("rtol").get<double>()))
      continue;
    right = false;
    wrong << name << ": " << found << "; ";
  }
  return right;
}

TEST_P(ModelCases, AreRightOrKnownToBeWrong) {
  const ModelCase& one = GetParam();
  auto plugin = engine::LoadedPlugin::open(plugin_path(one.engine));
  ASSERT_TRUE(plugin) << plugin.error().message();
  auto created = plugin->plugin().create();
#ifdef DEEPGAP_CONTRACT_GPU
  if (!created && created.error().code() == Errc::unavailable) GTEST_SKIP() << created.error().message();
#endif
  ASSERT_TRUE(created) << created.error().message();
  std::vector<Tensor> inputs;
  const Network network = network_from(one, inputs);
  auto model = (*created)->compile(network.source(), on_a_device_of(**created, {}));
#ifdef DEEPGAP_CONTRACT_GPU
  if (!model && model.error().code() == Errc::unsupported) GTEST_SKIP() << model.error().message();
#endif
  ASSERT_TRUE(model) << model.error().message();
  const auto session = open(**model);
  ASSERT_NE(session, nullptr);
  load(*session, inputs);
  session->poison_outputs();
  const KnownWrong* known = known_wrong(one);
  const auto status = session->run();
  if (!status && known != nullptr) return;  // wrong aloud
  ASSERT_TRUE(status) << status.error().message();

  std::ostringstream wrong;
  const bool right = every_output_is_right(one, network, **model, outputs_of(**model, *session), wrong);
  if (known == nullptr)
    EXPECT_TRUE(right) << wrong.str();
  else
    EXPECT_FALSE(right) << "is right now: delete its row from kKnownWrong (" << known->why << ")";
}

}  // namespace
}  // namespace deepgap::contract

#include "networks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "deepgap/model/inputs.hpp"
#include "deepgap/model/reference.hpp"
#include "deepgap/model/shapes.hpp"
#include "simulate.hpp"

namespace deepgap::engines::cudnn {
namespace {

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message()};
  return *std::move(result);
}

}  // namespace

GraphMaker::GraphMaker(Shape input, std::string name) {
  graph_.name = "made";
  graph_.opset = 19;
  graph_.inputs = {{std::move(name), DType::f32, std::move(input)}};
}

std::string GraphMaker::fresh(std::string_view what) { return std::string{what} + std::to_string(++count_); }

std::string GraphMaker::constant(Shape shape, double largest) {
  Tensor tensor = make_tensor(DType::f32, std::move(shape));
  std::minstd_rand random{static_cast<std::minstd_rand::result_type>(seed_++)};
  std::uniform_real_distribution<double> uniform{-largest, largest};
  for (float& number : tensor.as<float>()) number = static_cast<float>(uniform(random));
  std::string name = fresh("constant");
  graph_.constants.emplace(name, std::move(tensor));
  return name;
}

std::string GraphMaker::scalar(float value) {
  Tensor tensor = make_tensor(DType::f32, {});
  tensor.as<float>()[0] = value;
  std::string name = fresh("scalar");
  graph_.constants.emplace(name, std::move(tensor));
  return name;
}

std::string GraphMaker::node(std::string op, std::vector<std::string> inputs,
                             std::map<std::string, model::Attribute, std::less<>> attributes) {
  std::string output = fresh(op);
  graph_.nodes.push_back({output, std::move(op), "", std::move(inputs), {output}, std::move(attributes)});
  return output;
}

std::string GraphMaker::conv(const std::string& in, Shape weight, std::vector<std::int64_t> strides,
                             std::vector<std::int64_t> pads, std::int64_t group) {
  const std::int64_t outputs = weight.front();
  return node("Conv", {in, constant(std::move(weight)), constant({outputs})},
              {{"strides", std::move(strides)}, {"pads", std::move(pads)}, {"group", group}});
}

std::string GraphMaker::gemm(const std::string& in, std::int64_t inputs, std::int64_t outputs) {
  return node("Gemm", {in, constant({outputs, inputs}), constant({outputs})}, {{"transB", std::int64_t{1}}});
}

std::string GraphMaker::quantised(const std::string& in, float scale, DType dtype) {
  const std::string step = scalar(scale), zero = fresh("zero");
  graph_.constants.emplace(zero, make_tensor(dtype, {}));
  return node("DequantizeLinear", {node("QuantizeLinear", {in, step, zero}), step, zero});
}

std::string GraphMaker::conv_int8(const std::string& in, Shape weight, std::vector<std::int64_t> pads) {
  const std::int64_t outputs = weight.front();
  Tensor integers = make_tensor(DType::i8, std::move(weight));
  std::minstd_rand random{static_cast<std::minstd_rand::result_type>(seed_++)};
  std::uniform_int_distribution<int> uniform{-127, 127};
  for (std::int8_t& number : integers.as<std::int8_t>()) number = static_cast<std::int8_t>(uniform(random));
  Tensor scales = make_tensor(DType::f32, {outputs});
  for (std::size_t k = 0; k < scales.as<float>().size(); ++k)
    scales.as<float>()[k] = 0.004F + 0.001F * static_cast<float>(k);
  const std::string values = fresh("weights"), steps = fresh("scales"), zeros = fresh("zeros");
  graph_.constants.emplace(values, std::move(integers));
  graph_.constants.emplace(steps, std::move(scales));
  graph_.constants.emplace(zeros, make_tensor(DType::i8, {outputs}));
  const std::string weights = node("DequantizeLinear", {values, steps, zeros}, {{"axis", std::int64_t{0}}});
  return node("Conv", {in, weights, constant({outputs})}, {{"pads", std::move(pads)}});
}

model::Graph GraphMaker::finish(const std::vector<std::string>& outputs) {
  for (const std::string& output : outputs) graph_.outputs.push_back({output, DType::f32, {}});
  const auto specs = value_of(model::infer_shapes(graph_, 2));
  for (model::Value& output : graph_.outputs) output.shape = specs.at(output.name).shape;
  for (model::Value& output : graph_.outputs)
    if (graph_.inputs[0].shape[0] == model::kBatchDim) output.shape[0] = model::kBatchDim;
  return graph_;
}

double distance(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual) {
  constexpr double kWrong = std::numeric_limits<double>::infinity();
  if (expected.size() != actual.size()) return kWrong;
  double largest = 0, scale = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].shape != actual[i].shape || expected[i].dtype != actual[i].dtype) return kWrong;
    const auto right = expected[i].as<float>(), got = actual[i].as<float>();
    for (std::size_t j = 0; j < right.size(); ++j) {
      if (!std::isfinite(got[j])) return kWrong;
      largest = std::max(largest, std::abs(static_cast<double>(right[j]) - static_cast<double>(got[j])));
      scale = std::max(scale, std::abs(static_cast<double>(right[j])));
    }
  }
  return scale > 0 ? largest / scale : largest;
}

double distance_of(const model::Graph& graph, const LowerOptions& options) {
  const auto specs = value_of(model::infer_shapes(graph, options.batch));
  std::vector<TensorSpec> shapes;
  for (const model::Value& input : graph.inputs) shapes.push_back(specs.at(input.name));
  const auto inputs = value_of(model::seeded_inputs(graph, shapes, 7, 0));
  const Network network = value_of(lower(graph, options));
  return distance(value_of(model::run_reference(graph, inputs)), simulate(network, inputs));
}

}  // namespace deepgap::engines::cudnn

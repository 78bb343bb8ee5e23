#include "contract_support.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <sstream>

#include "deepgap/model/builders.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/onnx_write.hpp"
#include "deepgap/model/quantise.hpp"
#include "deepgap/model/reference.hpp"
#include "deepgap/model/shapes.hpp"
#include "deepgap/model/small_float.hpp"

namespace deepgap::contract {
namespace {

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message()};
  return *std::move(result);
}

template <class T>
double element(const Tensor& tensor, std::size_t index) {
  return static_cast<double>(tensor.as<T>()[index]);
}

double element(const Tensor& tensor, std::size_t index) {
  switch (tensor.dtype) {
    case DType::f32: return element<float>(tensor, index);
    case DType::f64: return element<double>(tensor, index);
    case DType::f16: return model::from_f16(tensor.as<std::uint16_t>()[index]);
    case DType::bf16: return model::from_bf16(tensor.as<std::uint16_t>()[index]);
    case DType::f8e4m3: return model::from_f8e4m3(tensor.as<std::uint8_t>()[index]);
    case DType::i8: return element<std::int8_t>(tensor, index);
    case DType::u8:
    case DType::boolean: return element<std::uint8_t>(tensor, index);
    case DType::i16: return element<std::int16_t>(tensor, index);
    case DType::u16: return element<std::uint16_t>(tensor, index);
    case DType::i32: return element<std::int32_t>(tensor, index);
    case DType::u32: return element<std::uint32_t>(tensor, index);
    case DType::i64: return element<std::int64_t>(tensor, index);
    case DType::u64: return element<std::uint64_t>(tensor, index);
  }
  return std::nan("");
}

struct Opened {
  engine::LoadedPlugin plugin;
  std::unique_ptr<engine::Engine> engine;
};

model::Graph folded_tiny() {
  auto graph = value_of(model::build("tiny"));
  model::fold_batchnorm(graph);
  return graph;
}

}  // namespace

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  std::istringstream list{DEEPGAP_CONTRACT_ENGINES};
  for (std::string name; std::getline(list, name, ',');) names.push_back(name);
  return names;
}

std::string plugin_path(std::string_view name) {
  return std::string{DEEPGAP_CONTRACT_PLUGINS} + "/libdeepgap_" + std::string{name} + ".so";
}

engine::ModelSource Network::source() const { return {"the network", onnx, "hash", inputs}; }

Network network_of(model::Graph graph, std::int64_t batch) {
  Network network{std::move(graph), {}, {}, {}};
  network.onnx = value_of(model::write_onnx(network.graph));
  const auto specs = value_of(model::infer_shapes(network.graph, batch));
  for (const auto& input : network.graph.inputs) network.inputs.push_back(specs.at(input.name));
  for (const auto& output : network.graph.outputs) network.outputs.push_back(specs.at(output.name));
  return network;
}

Network tiny(std::int64_t batch) { return network_of(folded_tiny(), batch); }

namespace {

Network tiny_quantised(std::int64_t batch, const model::QuantiseOptions& options) {
  const Network calibration = tiny(1);
  const std::vector<std::vector<Tensor>> samples{inputs_for(calibration, 1), inputs_for(calibration, 2)};
  return network_of(value_of(model::quantise(calibration.graph, options, samples)), batch);
}

}  // namespace

Network tiny_int8(std::int64_t batch, Int8Activations scheme) {
  model::QuantiseOptions options;
  options.activations = scheme;
  return tiny_quantised(batch, options);
}

Network tiny_fp8(std::int64_t batch) {
  model::QuantiseOptions options;
  options.format = model::QuantiseOptions::Format::e4m3;
  return tiny_quantised(batch, options);
}

Network one_node(std::string op, std::string domain, DType output) {
  model::Graph graph;
  graph.name = "one";
  graph.inputs = {{"x", DType::f32, {1, 3, 4, 4}}};
  graph.outputs = {{"y", output, {}}};
  model::Node first{"first", "Relu", "", {"x"}, {"r"}, {}};
  model::Node second{"second", std::move(op), std::move(domain), {"r"}, {"y"}, {}};
  graph.nodes = {std::move(first), std::move(second)};
  Network network{std::move(graph), {}, {{"x", DType::f32, {1, 3, 4, 4}}}, {}};
  network.onnx = value_of(model::write_onnx(network.graph));
  return network;
}

std::vector<Tensor> inputs_for(const Network& network, std::uint64_t seed) {
  return value_of(model::seeded_inputs(network.graph, network.inputs, seed, 0));
}

std::vector<Tensor> reference_outputs(const Network& network, std::span<const Tensor> inputs) {
  return value_of(model::run_reference(network.graph, inputs));
}

void load(engine::Session& session, std::span<const Tensor> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Bytes memory = session.input(i);
    ASSERT_EQ(memory.size(), inputs[i].bytes.size());
    std::ranges::copy(inputs[i].bytes, memory.begin());
  }
}

std::vector<Tensor> outputs_of(const engine::Model& model, const engine::Session& session) {
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < model.outputs().size(); ++i) {
    const ConstBytes memory = session.output(i);
    const TensorSpec& spec = model.outputs()[i];
    outputs.push_back({spec.dtype, spec.shape, {memory.begin(), memory.end()}});
  }
  return outputs;
}

Difference difference(const Tensor& expected, const Tensor& actual) {
  Difference result;
  result.same_shape = expected.shape == actual.shape && expected.dtype == actual.dtype &&
                      expected.bytes.size() == actual.bytes.size();
  if (!result.same_shape) return result;
  result.finite = true;
  for (std::size_t i = 0; i < expected.bytes.size() / size_of(expected.dtype); ++i) {
    const double right = element(expected, i), got = element(actual, i);
    if (!std::isfinite(got)) result.finite = false;
    result.largest = std::max(result.largest, std::abs(got - right));
    result.largest_value = std::max(result.largest_value, std::abs(right));
  }
  return result;
}

double allowed(Precision precision) {
  switch (precision) {
    case Precision::fp32: return 1e-4;
    case Precision::tf32:
    case Precision::fp16: return 1e-2;
    case Precision::bf16:
    case Precision::int8: return 5e-2;
    case Precision::fp8: return 1e-1;
  }
  return 0;
}

std::ostream& operator<<(std::ostream& out, const Difference& difference) {
  if (!difference.same_shape) return out << "another shape or type";
  return out << "off by " << difference.largest << ", the largest value is " << difference.largest_value
             << (difference.finite ? "" : ", not finite");
}

void EngineTest::SetUp() {
  static std::map<std::string, Opened> opened;
  auto found = opened.find(GetParam());
  if (found == opened.end()) {
    auto plugin = engine::LoadedPlugin::open(plugin_path(GetParam()));
    ASSERT_TRUE(plugin) << plugin.error().message();
    auto created = plugin->plugin().create();
#ifdef DEEPGAP_CONTRACT_GPU
    if (!created && created.error().code() == Errc::unavailable) GTEST_SKIP() << created.error().message();
#endif
    ASSERT_TRUE(created) << created.error().message();
    found = opened.emplace(GetParam(), Opened{*std::move(plugin), *std::move(created)}).first;
  }
  engine_ = found->second.engine.get();
}

engine::CompileOptions on_a_device_of(const engine::Engine& engine, engine::CompileOptions options) {
  const auto& devices = engine.capabilities().devices;
  if (options.device == "cpu" && std::ranges::find(devices, "cpu", &engine::Device::id) == devices.end())
    options.device = devices.front().id;
  return options;
}

std::unique_ptr<engine::Model> EngineTest::compile(const Network& network,
                                                   const engine::CompileOptions& options) const {
  auto compiled = engine().compile(network.source(), on_a_device_of(engine(), options));
  if (!compiled) {
    ADD_FAILURE() << compiled.error().message();
    return nullptr;
  }
  return *std::move(compiled);
}

std::optional<Errc> EngineTest::refusal(const engine::ModelSource& source,
                                        const engine::CompileOptions& options, std::string* message) const {
  const auto compiled = engine().compile(source, on_a_device_of(engine(), options));
  if (compiled) return std::nullopt;
  if (message != nullptr) *message = compiled.error().message();
  return compiled.error().code();
}

std::unique_ptr<engine::Session> open(const engine::Model& model) {
  auto opened = model.open();
  if (!opened) {
    ADD_FAILURE() << opened.error().message();
    return nullptr;
  }
  return *std::move(opened);
}

}  // namespace deepgap::contract

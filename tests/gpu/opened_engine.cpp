#include "opened_engine.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "deepgap/model/builders.hpp"
#include "deepgap/model/fold.hpp"
#include "deepgap/model/inputs.hpp"
#include "deepgap/model/onnx_write.hpp"
#include "deepgap/model/quantise.hpp"
#include "deepgap/model/shapes.hpp"

namespace deepgap::gpu {
namespace {

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message()};
  return *std::move(result);
}

// Layer after layer with seeded weights that keep the size of activations.
class Chain {
 public:
  explicit Chain(std::int64_t side) {
    graph_.name = "chain";
    graph_.opset = 17;
    graph_.inputs = {{"input", DType::f32, {model::kBatchDim, 3, side, side}}};
  }

  Chain& conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
              std::vector<std::int64_t> pads, std::int64_t group = 1) {
    return add("Conv", {weights({out, in / group, kernel, kernel}), weights({out})},
               {{"strides", std::vector<std::int64_t>{stride, stride}},
                {"pads", std::move(pads)},
                {"group", group}});
  }
  Chain& clip() { return add("Clip", {number(0), number(6)}); }
  Chain& plain(const std::string& op) { return add(op, {}); }
  Chain& pool() {
    return add(
        "MaxPool", {},
        {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}});
  }
  Chain& gemm(std::int64_t in, std::int64_t out) {
    return add("Gemm", {weights({out, in}), weights({out})}, {{"transB", std::int64_t{1}}});
  }
  // current + the value of `from`
  Chain& residual(const std::string& from) { return add("Add", {from}); }
  [[nodiscard]] const std::string& here() const { return current_; }

  model::Graph finish() {
    graph_.outputs = {{current_, DType::f32, {}}};
    Shape shape = value_of(model::infer_shapes(graph_, 2)).at(current_).shape;
    shape[0] = model::kBatchDim;
    graph_.outputs[0].shape = shape;
    return graph_;
  }

 private:
  std::string fresh() { return "v" + std::to_string(++count_); }
  Chain& add(std::string op, std::vector<std::string> more,
             std::map<std::string, model::Attribute, std::less<>> attributes = {}) {
    more.insert(more.begin(), current_);
    std::string output = fresh();
    graph_.nodes.push_back({output, std::move(op), "", std::move(more), {output}, std::move(attributes)});
    current_ = std::move(output);
    return *this;
  }
  std::string weights(Shape shape) {
    double fan_in = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= static_cast<double>(shape[i]);
    Tensor tensor = make_tensor(DType::f32, std::move(shape));
    std::normal_distribution<double> normal{0, std::sqrt(2 / fan_in) * (fan_in > 1 ? 1 : 0.05)};
    for (float& value : tensor.as<float>()) value = static_cast<float>(normal(random_));
    return put(std::move(tensor));
  }
  std::string number(float value) {
    Tensor tensor = make_tensor(DType::f32, {});
    tensor.as<float>()[0] = value;
    return put(std::move(tensor));
  }
  std::string put(Tensor tensor) {
    std::string name = fresh();
    graph_.constants.emplace(name, std::move(tensor));
    return name;
  }

  model::Graph graph_;
  std::string current_ = "input";
  std::mt19937 random_{1};
  int count_ = 0;
};

model::Graph mobile() {
  Chain chain{64};
  chain.conv(3, 24, 3, 2, {0, 0, 1, 1}).clip();
  chain.conv(24, 24, 3, 1, {1, 1, 1, 1}, 24).clip().conv(24, 16, 1, 1, {0, 0, 0, 0});
  chain.conv(16, 96, 1, 1, {0, 0, 0, 0}).clip().conv(96, 96, 5, 2, {1, 1, 2, 2}, 96).clip();
  chain.conv(96, 40, 1, 1, {0, 0, 0, 0});
  const std::string block = chain.here();
  chain.conv(40, 240, 1, 1, {0, 0, 0, 0}).clip().conv(240, 240, 3, 1, {1, 1, 1, 1}, 240).clip();
  chain.conv(240, 40, 1, 1, {0, 0, 0, 0}).residual(block);
  chain.conv(40, 120, 1, 1, {0, 0, 0, 0}).clip().plain("GlobalAveragePool").plain("Flatten").gemm(120, 100);
  return chain.finish();
}

model::Graph vgg() {
  Chain chain{32};
  chain.conv(3, 32, 3, 1, {1, 1, 1, 1}).plain("Relu").conv(32, 32, 3, 1, {1, 1, 1, 1}).plain("Relu").pool();
  chain.conv(32, 64, 3, 1, {1, 1, 1, 1}).plain("Relu").pool();
  chain.plain("Flatten").gemm(64 * 64, 256).plain("Relu").gemm(256, 128).plain("Relu").gemm(128, 10);
  return chain.finish();
}

}  // namespace

Result<OpenedEngine> open_engine(const std::filesystem::path& plugin) {
  auto loaded = engine::LoadedPlugin::open(plugin);
  if (!loaded) return std::move(loaded).error();
  auto created = loaded->plugin().create();
  if (!created) return std::move(created).error();
  return OpenedEngine{*std::move(loaded), *std::move(created)};
}

model::Graph network(const std::string& name, Precision precision) {
  model::Graph graph = name == "mobile" ? mobile() : name == "vgg" ? vgg() : value_of(model::build(name));
  model::fold_batchnorm(graph);
  if (precision != Precision::int8 && precision != Precision::fp8) return graph;
  const Subject one = at_batch(graph, 1);
  std::vector<std::vector<Tensor>> samples;
  for (const std::uint64_t seed : {101, 102, 103, 104}) samples.push_back(inputs_for(one, seed));
  model::QuantiseOptions options;
  options.activations = Int8Activations::s8;
  if (precision == Precision::fp8) options.format = model::QuantiseOptions::Format::e4m3;
  return value_of(model::quantise(graph, options, samples));
}

Subject at_batch(const model::Graph& graph, std::int64_t batch) {
  Subject subject{graph, value_of(model::write_onnx(graph)), {}};
  const auto specs = value_of(model::infer_shapes(graph, batch));
  for (const model::Value& input : graph.inputs) subject.inputs.push_back(specs.at(input.name));
  return subject;
}

std::vector<Tensor> inputs_for(const Subject& subject, std::uint64_t seed) {
  return value_of(model::seeded_inputs(subject.graph, subject.inputs, seed, 0));
}

void load(engine::Session& session, std::span<const Tensor> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    std::ranges::copy(inputs[i].bytes, session.input(i).begin());
}

std::vector<Tensor> outputs_of(const engine::Model& model, const engine::Session& session) {
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < model.outputs().size(); ++i) {
    const ConstBytes memory = session.output(i);
    outputs.push_back({model.outputs()[i].dtype, model.outputs()[i].shape, {memory.begin(), memory.end()}});
  }
  return outputs;
}

}  // namespace deepgap::gpu

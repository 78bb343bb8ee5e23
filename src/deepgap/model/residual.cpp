#include "residual_detail.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <thread>

#include "deepgap/model/inputs.hpp"
#include "deepgap/model/random.hpp"

namespace deepgap::model {
namespace {

constexpr std::int64_t kRows = 2, kColumns = 4;       // of pictures in the mosaic
constexpr std::int64_t kMostSide = 64;                // of one of them
constexpr double kUniformReach = 1.7320508075688772;  // of a uniform variable of deviation 1
constexpr std::int64_t kFirstPicture = 3'000'000;     // none that is measured on

Node node_of(std::string op, const std::string& name, std::vector<std::string> inputs) {
  Node node;
  node.name = name;
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  node.outputs = {name};
  return node;
}

std::vector<std::int64_t> list(std::size_t count, std::int64_t value) {
  return std::vector<std::int64_t>(count, value);
}

// Of a window as large as its padding needs: 3x3 with 1, 7x7 with 3.
Shape strided_shape(const Shape& in, std::int64_t channels, std::int64_t stride) {
  return {1, channels, (in[2] - 1) / stride + 1, (in[3] - 1) / stride + 1};
}

// [pictures, channels]: the mean over each picture's part of the mosaic.
Data features_of(const Data& mosaic) {
  const std::int64_t channels = mosaic.shape[1], height = mosaic.shape[2], width = mosaic.shape[3];
  const std::int64_t rows = height / kRows, columns = width / kColumns;
  const std::int64_t shape[] = {kRows, kColumns, channels, rows, columns};
  const std::int64_t strides[] = {rows * width, columns, height * width, width, 1};
  const auto from = strided(shape, 0, strides);
  Data features = zeros(DType::f32, {kRows * kColumns, channels});
  const std::size_t area = index(rows * columns);
  for (std::size_t i = 0; i < from.size(); ++i)
    features.real[i / area] += mosaic.real[from[i]] / static_cast<double>(area);
  return features;
}

struct Moments {
  std::vector<double> mean, variance;  // an entry a channel
};

Moments moments_of(const Data& data) {
  const AroundAxis around = around_axis(data.shape, 1);
  const auto count = static_cast<double>(around.outer * around.inner);
  Moments moments{std::vector<double>(around.extent), std::vector<double>(around.extent)};
  const auto channel = [&](std::size_t i) { return i / around.inner % around.extent; };
  for (std::size_t i = 0; i < data.real.size(); ++i) moments.mean[channel(i)] += data.real[i];
  for (double& mean : moments.mean) mean /= count;
  for (std::size_t i = 0; i < data.real.size(); ++i) {
    const double off = data.real[i] - moments.mean[channel(i)];
    moments.variance[channel(i)] += off * off;
  }
  for (double& variance : moments.variance) variance /= count;
  return moments;
}

}  // namespace

LayerWriter::LayerWriter(std::string name, std::uint64_t seed) : seed_{seed} {
  graph_.name = std::move(name);
  graph_.opset = 17;
}

std::vector<float> LayerWriter::seeded(const std::string& name, std::size_t count, double mean,
                                       double deviation) {
  Random random{seed_, graph_.name + "/" + name};
  const double reach = deviation * kUniformReach;
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.uniform(mean - reach, mean + reach));
  return values;
}

void LayerWriter::constant(const std::string& name, Shape shape, const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  graph_.constants.emplace(name, Tensor{DType::f32, std::move(shape), std::move(bytes)});
}

Wire LayerWriter::layer(Node node, std::vector<const Data*> inputs, Shape shape) {
  const Node& added = graph_.nodes.emplace_back(std::move(node));
  std::vector<Data> constants;
  constants.reserve(added.inputs.size());
  for (std::size_t i = inputs.size(); i < added.inputs.size(); ++i)
    inputs.push_back(&constants.emplace_back(from_tensor(graph_.constants.find(added.inputs[i])->second)));
  Step step{
      added, graph_.opset, std::move(inputs), {}, static_cast<int>(std::thread::hardware_concurrency())};
  step.outputs.push_back(zeros(DType::f32, std::move(shape)));
  [[maybe_unused]] const Status done = run_operation(step);
  assert(done);  // the reference has every operator that is used here
  return {added.name, std::move(step.outputs[0])};
}

Wire LayerWriter::input(std::int64_t channels, std::int64_t side) {
  graph_.inputs.push_back({"input", DType::f32, {kBatchDim, channels, side, side}});
  const std::int64_t small = std::min(side, kMostSide);
  const TensorSpec spec{"input", DType::f32, {kRows * kColumns, channels, small, small}};
  const auto pictures = seeded_inputs(graph_, {&spec, 1}, seed_, kFirstPicture);
  assert(pictures);
  const std::int64_t plane = small * small;
  // Output [channel, row, y, column, x] in terms of the pictures' strides.
  const std::int64_t shape[] = {channels, kRows, small, kColumns, small};
  const std::int64_t strides[] = {plane, kColumns * channels * plane, small, channels * plane, 1};
  Data mosaic = zeros(DType::f32, {1, channels, kRows * small, kColumns * small});
  pick(from_tensor(pictures->front()), strided(shape, 0, strides), mosaic);
  return {"input", std::move(mosaic)};
}

Wire LayerWriter::conv_norm(const Wire& in, const std::string& conv, const std::string& norm, ConvShape shape,
                            double gain) {
  const std::int64_t products = in.channels() * shape.kernel * shape.kernel;
  // He et al. 2015, by what a channel receives.
  const double deviation = std::sqrt(2.0 / static_cast<double>(products));
  constant(conv + ".weight", {shape.channels_out, in.channels(), shape.kernel, shape.kernel},
           seeded(conv + ".weight", index(shape.channels_out * products), 0, deviation));
  Node node = node_of("Conv", conv, {in.name, conv + ".weight"});
  node.attributes["kernel_shape"] = list(2, shape.kernel);
  node.attributes["strides"] = list(2, shape.stride);
  node.attributes["pads"] = list(4, shape.kernel / 2);
  node.attributes["dilations"] = list(2, 1);
  node.attributes["group"] = std::int64_t{1};
  const Shape out = strided_shape(in.seen.shape, shape.channels_out, shape.stride);
  return batch_norm(layer(std::move(node), {&in.seen}, out), norm, gain);
}

Wire LayerWriter::batch_norm(const Wire& in, const std::string& name, double gain) {
  const Moments moments = moments_of(in.seen);
  const Shape shape{in.channels()};
  const std::size_t channels = moments.mean.size();
  constant(name + ".weight", shape, seeded(name + ".weight", channels, gain, 0.15 * gain));
  constant(name + ".bias", shape, seeded(name + ".bias", channels, 0, 0.2 * gain));
  double typical = 1e-4;
  for (const double v : moments.variance) typical += v / static_cast<double>(channels);
  std::vector<float> mean, variance;
  for (std::size_t c = 0; c < channels; ++c) {
    mean.push_back(static_cast<float>(moments.mean[c]));
    // Few places of a small mosaic: a channel that is quiet there by chance would be loud elsewhere.
    variance.push_back(static_cast<float>(0.25 * moments.variance[c] + 0.75 * typical));
  }
  constant(name + ".running_mean", shape, mean);
  constant(name + ".running_var", shape, variance);
  Node node =
      node_of("BatchNormalization", name,
              {in.name, name + ".weight", name + ".bias", name + ".running_mean", name + ".running_var"});
  node.attributes["epsilon"] = 1e-5F;
  return layer(std::move(node), {&in.seen}, in.seen.shape);
}

Wire LayerWriter::relu(const Wire& in, const std::string& name) {
  return layer(node_of("Relu", name, {in.name}), {&in.seen}, in.seen.shape);
}

Wire LayerWriter::add(const Wire& a, const Wire& b, const std::string& name) {
  return layer(node_of("Add", name, {a.name, b.name}), {&a.seen, &b.seen}, a.seen.shape);
}

Wire LayerWriter::max_pool(const Wire& in, const std::string& name) {
  Node node = node_of("MaxPool", name, {in.name});
  node.attributes["kernel_shape"] = list(2, 3);
  node.attributes["strides"] = list(2, 2);
  node.attributes["pads"] = list(4, 1);
  return layer(std::move(node), {&in.seen}, strided_shape(in.seen.shape, in.channels(), 2));
}

void LayerWriter::classifier(const Wire& in, std::int64_t classes) {
  graph_.nodes.push_back(node_of("GlobalAveragePool", "avgpool", {in.name}));
  Node& flatten = graph_.nodes.emplace_back(node_of("Flatten", "flatten", {"avgpool"}));
  flatten.attributes["axis"] = std::int64_t{1};
  fully_connected(features_of(in.seen), classes);
  graph_.outputs.push_back({"logits", DType::f32, {kBatchDim, classes}});
}

// Scaled by how pictures differ, and without what they have in common: otherwise one class would win them
// all. A few classes have large weights, which sets the first class apart from the second as training does.
void LayerWriter::fully_connected(const Data& features, std::int64_t classes) {
  constexpr double kLogitDeviation = 2;
  const Moments moments = moments_of(features);
  double spread = 0;
  for (const double variance : moments.variance) spread += variance;
  const double deviation = kLogitDeviation / std::sqrt(std::max(spread, 1e-12));
  const std::size_t width = moments.mean.size(), rows = index(classes);

  auto weights = seeded("fc.weight", rows * width, 0, 1);
  auto bias = seeded("fc.bias", rows, 0, 0.05);
  Random random{seed_, graph_.name + "/fc.loudness"};
  for (std::size_t row = 0; row < rows; ++row) {
    const double scale = deviation / (1.0 + 6.0 * random.uniform()) * 3.0;
    double common = 0;
    for (std::size_t c = 0; c < width; ++c) {
      float& weight = weights[row * width + c];
      weight = static_cast<float>(scale * static_cast<double>(weight));
      common += static_cast<double>(weight) * moments.mean[c];
    }
    bias[row] = static_cast<float>(static_cast<double>(bias[row]) - common);
  }
  constant("fc.weight", {classes, std::ssize(moments.mean)}, weights);
  constant("fc.bias", {classes}, bias);
  Node node = node_of("Gemm", "logits", {"flatten", "fc.weight", "fc.bias"});
  node.attributes["transB"] = std::int64_t{1};
  graph_.nodes.push_back(std::move(node));
}

}  // namespace deepgap::model

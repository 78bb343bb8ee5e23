#include <cmath>
#include <cstring>
#include <utility>

#include "deepgap/model/random.hpp"
#include "deepgap/model/residual_detail.hpp"

namespace deepgap::model {
namespace {

// exp(-t), t >= 0, from arithmetic that rounds alike everywhere (libm's exp does not).
double exp_minus(double t) {
  const double step = t / 1024;
  double power = 1 / (1 + step * (1 + step / 2));
  for (int i = 0; i < 10; ++i) power *= power;
  return power;
}

double normal_density(double z) { return 0.3989422804014327 * exp_minus(z * z / 2); }

double normal_below(double z) {  // logistic approximation, within 0.01
  const double tail = exp_minus(1.702 * std::abs(z));
  return z >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

LayerWriter::LayerWriter(std::string name, std::uint64_t seed) : seed_{seed} {
  graph_.name = std::move(name);
  graph_.opset = 17;
}

Node& LayerWriter::node(std::string op, const std::string& name, std::vector<std::string> inputs) {
  Node added;
  added.name = name;
  added.op = std::move(op);
  added.inputs = std::move(inputs);
  added.outputs = {name};
  return graph_.nodes.emplace_back(std::move(added));
}

std::vector<float> LayerWriter::seeded_normals(const std::string& name, std::size_t count, double mean,
                                               double deviation) {
  Random random{seed_, graph_.name + "/" + name};
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(mean + deviation * random.normal());
  return values;
}

void LayerWriter::constant(const std::string& name, Shape shape, const std::vector<float>& values) {
  graph_.constants.emplace(name, Tensor{DType::f32, std::move(shape), bytes_of(values)});
}

Wire LayerWriter::input(std::int64_t channels, std::int64_t side) {
  graph_.inputs.push_back({"input", DType::f32, {kBatchDim, channels, side, side}});
  const auto count = static_cast<std::size_t>(channels);
  return {"input", std::vector<double>(count, 0.0), std::vector<double>(count, 1.0)};
}

Wire LayerWriter::conv(const Wire& in, const std::string& name, ConvShape shape) {
  const std::size_t channels_in = in.mean.size();
  const auto channels_out = static_cast<std::size_t>(shape.channels_out);
  const auto area = static_cast<std::size_t>(shape.kernel * shape.kernel);
  // He et al. 2015, by what a channel receives.
  const double deviation = std::sqrt(2.0 / static_cast<double>(channels_in * area));
  const auto weights = seeded_normals(name + ".weight", channels_out * channels_in * area, 0, deviation);

  Wire out{name, std::vector<double>(channels_out), std::vector<double>(channels_out)};
  const float* weight = weights.data();
  for (std::size_t o = 0; o < channels_out; ++o)
    for (std::size_t c = 0; c < channels_in; ++c)
      for (std::size_t k = 0; k < area; ++k, ++weight) {
        const double w = static_cast<double>(*weight);
        out.mean[o] += w * in.mean[c];
        out.variance[o] += w * w * in.variance[c];
      }
  constant(name + ".weight", {shape.channels_out, std::ssize(in.mean), shape.kernel, shape.kernel}, weights);
  const std::int64_t pad = shape.kernel / 2;
  auto& attributes = node("Conv", name, {in.name, name + ".weight"}).attributes;
  attributes["kernel_shape"] = std::vector<std::int64_t>{shape.kernel, shape.kernel};
  attributes["strides"] = std::vector<std::int64_t>{shape.stride, shape.stride};
  attributes["pads"] = std::vector<std::int64_t>(4, pad);
  attributes["dilations"] = std::vector<std::int64_t>{1, 1};
  attributes["group"] = std::int64_t{1};
  return out;
}

Wire LayerWriter::batch_norm(const Wire& in, const std::string& name, double gain) {
  const std::size_t channels = in.mean.size();
  const auto gamma = seeded_normals(name + ".weight", channels, gain, 0.15 * gain);
  const auto beta = seeded_normals(name + ".bias", channels, 0, 0.2 * gain);
  std::vector<float> mean(channels);
  std::vector<float> variance(channels);
  Wire out{name, std::vector<double>(channels), std::vector<double>(channels)};
  for (std::size_t c = 0; c < channels; ++c) {
    mean[c] = static_cast<float>(in.mean[c]);
    variance[c] = static_cast<float>(in.variance[c]);
    out.mean[c] = static_cast<double>(beta[c]);
    out.variance[c] = static_cast<double>(gamma[c]) * static_cast<double>(gamma[c]);
  }
  const Shape shape{std::ssize(in.mean)};
  constant(name + ".weight", shape, gamma);
  constant(name + ".bias", shape, beta);
  constant(name + ".running_mean", shape, mean);
  constant(name + ".running_var", shape, variance);
  node("BatchNormalization", name,
       {in.name, name + ".weight", name + ".bias", name + ".running_mean", name + ".running_var"})
      .attributes["epsilon"] = 1e-5F;
  return out;
}

Wire LayerWriter::conv_norm(const Wire& in, const std::string& conv_name, const std::string& norm,
                            ConvShape shape, double gain) {
  return batch_norm(conv(in, conv_name, shape), norm, gain);
}

Wire LayerWriter::relu(const Wire& in, const std::string& name) {
  node("Relu", name, {in.name});
  Wire out{name, in.mean, in.variance};
  for (std::size_t c = 0; c < in.mean.size(); ++c) {  // moments of a normal variable cut at zero
    const double mean = in.mean[c];
    const double deviation = std::sqrt(in.variance[c]);
    const double z = mean / deviation;
    out.mean[c] = mean * normal_below(z) + deviation * normal_density(z);
    const double square =
        (mean * mean + in.variance[c]) * normal_below(z) + mean * deviation * normal_density(z);
    out.variance[c] = std::max(square - out.mean[c] * out.mean[c], 0.01 * in.variance[c]);
  }
  return out;
}

Wire LayerWriter::add(const Wire& a, const Wire& b, const std::string& name) {
  node("Add", name, {a.name, b.name});
  Wire out{name, a.mean, a.variance};
  for (std::size_t c = 0; c < a.mean.size(); ++c) {
    out.mean[c] += b.mean[c];
    out.variance[c] += b.variance[c];
  }
  return out;
}

Wire LayerWriter::max_pool(const Wire& in, const std::string& name) {
  auto& attributes = node("MaxPool", name, {in.name}).attributes;
  attributes["kernel_shape"] = std::vector<std::int64_t>{3, 3};
  attributes["strides"] = std::vector<std::int64_t>{2, 2};
  attributes["pads"] = std::vector<std::int64_t>(4, 1);
  Wire out{name, in.mean, in.variance};
  // The largest of nine neighbours that are alike in part: about one deviation above the mean.
  for (std::size_t c = 0; c < in.mean.size(); ++c) out.mean[c] += std::sqrt(in.variance[c]);
  return out;
}

void LayerWriter::classifier(const Wire& in, std::int64_t classes) {
  const std::size_t features = in.mean.size();
  const auto count = static_cast<std::size_t>(classes);
  node("GlobalAveragePool", "avgpool", {in.name});
  node("Flatten", "flatten", {"avgpool"}).attributes["axis"] = std::int64_t{1};
  const double deviation = std::sqrt(1.0 / static_cast<double>(features));
  const auto weights = seeded_normals("fc.weight", count * features, 0, deviation);
  // The bias takes out what all pictures have in common: otherwise one class would win them all.
  auto bias = seeded_normals("fc.bias", count, 0, 0.02);
  for (std::size_t o = 0; o < count; ++o) {
    double common = 0;
    for (std::size_t c = 0; c < features; ++c)
      common += static_cast<double>(weights[o * features + c]) * in.mean[c];
    bias[o] = static_cast<float>(static_cast<double>(bias[o]) - common);
  }
  constant("fc.weight", {classes, std::ssize(in.mean)}, weights);
  constant("fc.bias", {classes}, bias);
  node("Gemm", "logits", {"flatten", "fc.weight", "fc.bias"}).attributes["transB"] = std::int64_t{1};
  graph_.outputs.push_back({"logits", DType::f32, {kBatchDim, classes}});
}

}  // namespace deepgap::model

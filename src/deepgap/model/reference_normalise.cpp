#include <cmath>
#include <limits>

#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

double epsilon(const Step& step) { return static_cast<double>(step.node.float_or("epsilon", 1e-5F)); }

// Every group of `length` neighbouring values to mean 0 and variance 1. Tells each group's mean and
// 1/deviation.
template <class Tell>
void standardise(const std::vector<double>& in, std::vector<double>& out, std::size_t length, double eps,
                 const Tell& tell) {
  for (std::size_t begin = 0; begin + length <= in.size() && length > 0; begin += length) {
    const auto count = static_cast<double>(length);
    double sum = 0;
    for (std::size_t i = begin; i < begin + length; ++i) sum += in[i];
    const double mean = sum / count;
    double squares = 0;
    for (std::size_t i = begin; i < begin + length; ++i) squares += (in[i] - mean) * (in[i] - mean);
    const double scale = 1 / std::sqrt(squares / count + eps);
    for (std::size_t i = begin; i < begin + length; ++i) out[i] = (in[i] - mean) * scale;
    tell(begin / length, mean, scale);
  }
}

constexpr auto kTellNobody = [](std::size_t, double, double) {};

// value * scale[c] + bias[c]; `per_entry` neighbouring channels share an entry.
void affine_by_channel(Data& y, const Data& scale, const Data& bias, std::size_t per_entry = 1) {
  const AroundAxis around = around_axis(y.shape, 1);
  for (std::size_t i = 0; i < y.real.size(); ++i) {
    const std::size_t entry = i / around.inner % around.extent / per_entry;
    y.real[i] = y.real[i] * scale.real[entry] + bias.real[entry];
  }
}

Status batch_normalisation(Step& step) {
  const Data& x = step.in(0);
  Data& y = step.out();
  const AroundAxis around = around_axis(x.shape, 1);
  const double eps = epsilon(step);
  for (std::size_t i = 0; i < x.real.size(); ++i) {
    const std::size_t c = i / around.inner % around.extent;
    y.real[i] = (x.real[i] - step.in(3).real[c]) / std::sqrt(step.in(4).real[c] + eps) * step.in(1).real[c] +
                step.in(2).real[c];
  }
  return {};
}

Status instance_normalisation(Step& step) {
  standardise(step.in(0).real, step.out().real, product(std::span{step.in(0).shape}.subspan(2)),
              epsilon(step), kTellNobody);
  affine_by_channel(step.out(), step.in(1), step.in(2));
  return {};
}

// scale and bias are per group in opset 18, per channel from 21.
Status group_normalisation(Step& step) {
  const Data& x = step.in(0);
  const std::int64_t groups = step.node.int_or("num_groups", 0);
  if (x.rank() < 2 || groups < 1 || x.shape[1] % groups != 0)
    return Error{Errc::invalid_input, "'num_groups' does not divide the channels"};
  const std::size_t per_group = index(x.shape[1] / groups);
  const std::size_t per_entry = step.opset < 21 ? per_group : 1;
  const std::size_t entries = index(x.shape[1]) / per_entry;
  if (step.in(1).size() != entries || step.in(2).size() != entries)
    return Error{Errc::invalid_input, "scale or bias does not fit the channels"};
  standardise(x.real, step.out().real, per_group * product(std::span{x.shape}.subspan(2)), epsilon(step),
              kTellNobody);
  affine_by_channel(step.out(), step.in(1), step.in(2), per_entry);
  return {};
}

Status layer_normalisation(Step& step) {
  const Data& x = step.in(0);
  Data& y = step.out();
  const std::size_t axis = positive_axis(step.node.int_or("axis", -1), x.rank());
  standardise(x.real, y.real, product(std::span{x.shape}.subspan(axis)), epsilon(step),
              [&](std::size_t group, double mean, double scale) {
                if (step.wants(1)) step.out(1).real[group] = mean;
                if (step.wants(2)) step.out(2).real[group] = scale;
              });
  const auto scale = broadcast_index(step.in(1).shape, x.shape);
  for (std::size_t i = 0; i < y.real.size(); ++i) y.real[i] *= step.in(1).real[scale[i]];
  if (!step.has(2)) return {};
  const auto bias = broadcast_index(step.in(2).shape, x.shape);
  for (std::size_t i = 0; i < y.real.size(); ++i) y.real[i] += step.in(2).real[bias[i]];
  return {};
}

Status local_response(Step& step) {
  const Data& x = step.in(0);
  const std::int64_t size = step.node.int_or("size", 0);
  if (x.rank() < 2 || size < 1) return Error{Errc::invalid_input, "'size' must be 1 or more"};
  const auto alpha = static_cast<double>(step.node.float_or("alpha", 1e-4F));
  const auto beta = static_cast<double>(step.node.float_or("beta", 0.75F));
  const auto bias = static_cast<double>(step.node.float_or("bias", 1.0F));
  const AroundAxis around = around_axis(x.shape, 1);
  const auto channels = static_cast<std::int64_t>(around.extent);
  for (std::size_t i = 0; i < x.real.size(); ++i) {
    const auto c = static_cast<std::int64_t>(i / around.inner % around.extent);
    const std::int64_t first = std::max<std::int64_t>(0, c - (size - 1) / 2);
    const std::int64_t last = std::min(channels - 1, c + (size - 1) - (size - 1) / 2);
    double squares = 0;
    for (std::int64_t k = first; k <= last; ++k) {
      const double v = x.real[i - index(c) * around.inner + index(k) * around.inner];
      squares += v * v;
    }
    step.out().real[i] = x.real[i] / std::pow(bias + alpha / static_cast<double>(size) * squares, beta);
  }
  return {};
}

// Below opset 13 everything from the axis on is one vector; from 13 on only that axis.
AroundAxis softmax_vectors(const Step& step) {
  const Data& x = step.in(0);
  if (step.opset >= 13) {
    if (x.shape.empty()) return {};
    return around_axis(x.shape, positive_axis(step.node.int_or("axis", -1), x.rank()));
  }
  const std::size_t axis = positive_axis(step.node.int_or("axis", 1), x.rank());
  return {product(std::span{x.shape}.first(axis)), product(std::span{x.shape}.subspan(axis)), 1};
}

template <class Finish>
Status softmax_with(Step& step, const Finish& finish) {
  const AroundAxis around = softmax_vectors(step);
  const auto& x = step.in(0).real;
  auto& y = step.out().real;
  for (std::size_t outer = 0; outer < around.outer; ++outer)
    for (std::size_t inner = 0; inner < around.inner; ++inner) {
      const auto at = [&](std::size_t a) { return (outer * around.extent + a) * around.inner + inner; };
      double largest = -std::numeric_limits<double>::infinity();
      for (std::size_t a = 0; a < around.extent; ++a) largest = std::max(largest, x[at(a)]);
      double sum = 0;
      for (std::size_t a = 0; a < around.extent; ++a) sum += std::exp(x[at(a)] - largest);
      for (std::size_t a = 0; a < around.extent; ++a) y[at(a)] = finish(x[at(a)] - largest, sum);
    }
  return {};
}

Status softmax(Step& step) {
  return softmax_with(step, [](double x, double sum) { return std::exp(x) / sum; });
}
Status log_softmax(Step& step) {
  return softmax_with(step, [](double x, double sum) { return x - std::log(sum); });
}

constexpr OperationEntry kOperations[] = {
    {"BatchNormalization", batch_normalisation},
    {"GroupNormalization", group_normalisation},
    {"InstanceNormalization", instance_normalisation},
    {"LRN", local_response},
    {"LayerNormalization", layer_normalisation},
    {"LogSoftmax", log_softmax},
    {"Softmax", softmax},
};

}  // namespace

std::span<const OperationEntry> normalise_operations() { return kOperations; }

}  // namespace deepgap::model

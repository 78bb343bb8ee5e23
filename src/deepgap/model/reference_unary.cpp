#include <cmath>
#include <limits>

#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

template <class Real>
Status map_real(Step& step, const Real& real) {
  std::ranges::transform(step.in(0).real, step.out().real.begin(), real);
  return {};
}

template <class Real, class Whole>
Status map_any(Step& step, const Real& real, const Whole& whole) {
  const Data& x = step.in(0);
  if (is_real(x.dtype)) return map_real(step, real);
  std::ranges::transform(x.whole, step.out().whole.begin(), whole);
  return {};
}

// "alpha" of an activation: a float in the file, so its float value counts.
double parameter(const Step& step, std::string_view key, float fallback, bool given = true) {
  return static_cast<double>(given ? step.node.float_or(key, fallback) : fallback);
}

template <double (*F)(double)>
Status plain(Step& step) {
  return map_real(step, F);
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double reciprocal(double x) { return 1 / x; }
double soft_sign(double x) { return x / (1 + std::abs(x)); }
double mish(double x) { return x * std::tanh(softplus(x)); }
double hard_swish(double x) { return x * std::max(0.0, std::min(1.0, x / 6 + 0.5)); }

Status absolute(Step& step) {
  return map_any(
      step, [](double x) { return std::abs(x); },
      [](std::int64_t x) { return x < 0 ? static_cast<std::int64_t>(-static_cast<std::uint64_t>(x)) : x; });
}
Status negate(Step& step) {
  return map_any(
      step, [](double x) { return -x; },
      [](std::int64_t x) { return static_cast<std::int64_t>(-static_cast<std::uint64_t>(x)); });
}
Status sign(Step& step) {
  return map_any(
      step, [](double x) { return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0)); },
      [](std::int64_t x) { return static_cast<std::int64_t>((x > 0) - (x < 0)); });
}
Status relu(Step& step) {  // NaN stays NaN
  return map_any(
      step, [](double x) { return x < 0 ? 0.0 : x; }, [](std::int64_t x) { return x < 0 ? 0 : x; });
}
Status logical_not(Step& step) {
  std::ranges::transform(step.in(0).whole, step.out().whole.begin(), [](std::int64_t x) { return x == 0; });
  return {};
}
Status leaky_relu(Step& step) {
  return map_real(step, [a = parameter(step, "alpha", 0.01F)](double x) { return x < 0 ? a * x : x; });
}
Status elu(Step& step) {
  return map_real(step,
                  [a = parameter(step, "alpha", 1)](double x) { return x < 0 ? a * std::expm1(x) : x; });
}
Status celu(Step& step) {
  return map_real(step,
                  [a = parameter(step, "alpha", 1)](double x) { return x < 0 ? a * std::expm1(x / a) : x; });
}
Status selu(Step& step) {
  const double alpha = parameter(step, "alpha", 1.67326319217681884765625F);
  const double gamma = parameter(step, "gamma", 1.05070102214813232421875F);
  return map_real(step, [=](double x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); });
}
Status hard_sigmoid(Step& step) {
  const double alpha = parameter(step, "alpha", 0.2F), beta = parameter(step, "beta", 0.5F);
  return map_real(
      step, [=](double x) { return std::isnan(x) ? x : std::max(0.0, std::min(1.0, alpha * x + beta)); });
}
Status gelu(Step& step) {
  const bool by_tanh = step.node.string_or("approximate", "none") == "tanh";
  return map_real(step, [by_tanh](double x) {
    if (!by_tanh) return 0.5 * x * (1 + std::erf(x * 0.70710678118654752440));
    return 0.5 * x * (1 + std::tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
  });
}

// Bounds are attributes up to opset 10, inputs from 11.
Status clip(Step& step) {
  const Data& x = step.in(0);
  for (const std::size_t bound : {std::size_t{1}, std::size_t{2}})
    if (step.has(bound) && (step.in(bound).size() != 1 || step.in(bound).dtype != x.dtype))
      return Error{Errc::invalid_input, "a bound is not one number of the input's type"};
  if (!is_real(x.dtype)) {
    const std::int64_t lo = step.has(1) ? step.in(1).whole[0] : std::numeric_limits<std::int64_t>::min();
    const std::int64_t hi = step.has(2) ? step.in(2).whole[0] : std::numeric_limits<std::int64_t>::max();
    std::ranges::transform(x.whole, step.out().whole.begin(),
                           [=](std::int64_t v) { return std::min(std::max(v, lo), hi); });
    return {};
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const bool attributes = step.opset < 11;
  const double lo = step.has(1) ? step.in(1).real[0] : parameter(step, "min", -kInfinity, attributes);
  const double hi = step.has(2) ? step.in(2).real[0] : parameter(step, "max", kInfinity, attributes);
  return map_real(step, [=](double v) { return std::isnan(v) ? v : std::min(std::max(v, lo), hi); });
}

constexpr OperationEntry kOperations[] = {
    {"Abs", absolute, Accepts::anything},
    {"Ceil", plain<std::ceil>},
    {"Celu", celu},
    {"Clip", clip, Accepts::anything},
    {"Cos", plain<std::cos>},
    {"Elu", elu},
    {"Erf", plain<std::erf>},
    {"Exp", plain<std::exp>},
    {"Floor", plain<std::floor>},
    {"Gelu", gelu},
    {"HardSigmoid", hard_sigmoid},
    {"HardSwish", plain<hard_swish>},
    {"LeakyRelu", leaky_relu},
    {"Log", plain<std::log>},
    {"Mish", plain<mish>},
    {"Neg", negate, Accepts::anything},
    {"Not", logical_not, Accepts::wholes},
    {"Reciprocal", plain<reciprocal>},
    {"Relu", relu, Accepts::anything},
    {"Round", plain<std::nearbyint>},
    {"Selu", selu},
    {"Sigmoid", plain<sigmoid>},
    {"Sign", sign, Accepts::anything},
    {"Sin", plain<std::sin>},
    {"Softplus", plain<softplus>},
    {"Softsign", plain<soft_sign>},
    {"Sqrt", plain<std::sqrt>},
    {"Tanh", plain<std::tanh>},
};

}  // namespace

std::span<const OperationEntry> unary_operations() { return kOperations; }

}  // namespace deepgap::model

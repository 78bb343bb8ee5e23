#include <cmath>
#include <functional>

#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

// Up to opset 6, operands only broadcast when "broadcast" says so, at "axis".
Status check_broadcast(const Step& step) {
  if (step.opset < 7 && step.node.attributes.contains("axis"))
    return lacking("broadcasting at an axis (opset below 7)");
  return {};
}

template <class In, class Out, class F>
void combine(const std::vector<In>& a, const std::vector<In>& b, const Step& step, std::vector<Out>& out,
             const F& f) {
  if (step.in(0).shape == step.in(1).shape) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Out>(f(a[i], b[i]));
    return;
  }
  const auto from_a = broadcast_index(step.in(0).shape, step.outputs[0].shape);
  const auto from_b = broadcast_index(step.in(1).shape, step.outputs[0].shape);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Out>(f(a[from_a[i]], b[from_b[i]]));
}

template <class Real, class Whole>
Status arithmetic(Step& step, const Real& real, const Whole& whole) {
  if (step.in(0).dtype != step.in(1).dtype) return lacking("operands of different types");
  if (auto fine = check_broadcast(step); !fine) return fine;
  if (is_real(step.in(0).dtype))
    combine(step.in(0).real, step.in(1).real, step, step.out().real, real);
  else
    combine(step.in(0).whole, step.in(1).whole, step, step.out().whole, whole);
  return {};
}

// Integer overflow wraps.
template <class F>
auto wrapping(const F& f) {
  return [f](std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
  };
}

std::int64_t whole_quotient(std::int64_t a, std::int64_t b) {  // by zero: 0, since C++ has no answer
  if (b == 0) return 0;
  return b == -1 ? static_cast<std::int64_t>(-static_cast<std::uint64_t>(a)) : a / b;
}

template <class F>
Status same_type(Step& step, const F& f) {
  return arithmetic(step, f, wrapping(f));
}

Status add(Step& step) { return same_type(step, std::plus<>{}); }
Status subtract(Step& step) { return same_type(step, std::minus<>{}); }
Status multiply(Step& step) { return same_type(step, std::multiplies<>{}); }
Status divide(Step& step) { return arithmetic(step, std::divides<>{}, whole_quotient); }

Status power(Step& step) {
  if (auto fine = check_broadcast(step); !fine) return fine;
  const Data& a = step.in(0);
  const Data& b = step.in(1);
  const auto from_a = broadcast_index(a.shape, step.out().shape);
  const auto from_b = broadcast_index(b.shape, step.out().shape);
  for (std::size_t i = 0; i < from_a.size(); ++i) {
    const double value = std::pow(a.number(from_a[i]), b.number(from_b[i]));
    if (is_real(a.dtype))
      step.out().real[i] = value;
    else
      step.out().whole[i] = saturate(a.dtype, value);
  }
  return {};
}

template <class F>
Status compare(Step& step, const F& f) {
  if (auto fine = check_broadcast(step); !fine) return fine;
  if (is_real(step.in(0).dtype))
    combine(step.in(0).real, step.in(1).real, step, step.out().whole, f);
  else
    combine(step.in(0).whole, step.in(1).whole, step, step.out().whole, f);
  return {};
}

Status equal(Step& step) { return compare(step, std::equal_to<>{}); }
Status less(Step& step) { return compare(step, std::less<>{}); }
Status less_equal(Step& step) { return compare(step, std::less_equal<>{}); }
Status greater(Step& step) { return compare(step, std::greater<>{}); }
Status greater_equal(Step& step) { return compare(step, std::greater_equal<>{}); }
Status logical_and(Step& step) {
  return compare(step, [](auto a, auto b) { return a != 0 && b != 0; });
}
Status logical_or(Step& step) {
  return compare(step, [](auto a, auto b) { return a != 0 || b != 0; });
}
Status logical_xor(Step& step) {
  return compare(step, [](auto a, auto b) { return (a != 0) != (b != 0); });
}

Status prelu(Step& step) {
  return arithmetic(
      step, [](double x, double slope) { return x < 0 ? slope * x : x; },
      [](std::int64_t x, std::int64_t slope) { return x < 0 ? slope * x : x; });
}

// Sum, Mean, Max, Min of any number of operands.
template <class Real, class Whole>
Status fold(Step& step, const Real& real, const Whole& whole) {
  if (auto fine = check_broadcast(step); !fine) return fine;
  Data& y = step.out();
  for (std::size_t operand = 0; operand < step.inputs.size(); ++operand) {
    const Data& x = step.in(operand);
    const auto from = broadcast_index(x.shape, y.shape);
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (is_real(y.dtype))
        y.real[i] = operand == 0 ? x.real[from[i]] : real(y.real[i], x.real[from[i]]);
      else
        y.whole[i] = operand == 0 ? x.whole[from[i]] : whole(y.whole[i], x.whole[from[i]]);
    }
  }
  return {};
}

template <class Better>
auto keep_nan(const Better& better) {
  return [better](double a, double b) { return std::isnan(a) || (!std::isnan(b) && !better(b, a)) ? a : b; };
}

Status sum(Step& step) { return fold(step, std::plus<>{}, wrapping(std::plus<>{})); }
Status mean(Step& step) {
  if (auto done = sum(step); !done) return done;
  for (double& value : step.out().real) value /= static_cast<double>(step.inputs.size());
  return {};
}
Status maximum(Step& step) {
  return fold(step, keep_nan(std::greater<>{}),
              [](std::int64_t a, std::int64_t b) { return std::max(a, b); });
}
Status minimum(Step& step) {
  return fold(step, keep_nan(std::less<>{}), [](std::int64_t a, std::int64_t b) { return std::min(a, b); });
}

Status where(Step& step) {
  Data& y = step.out();
  std::vector<std::size_t> from[3];
  for (std::size_t i = 0; i < 3; ++i) from[i] = broadcast_index(step.in(i).shape, y.shape);
  for (std::size_t i = 0; i < from[0].size(); ++i) {
    const std::size_t side = step.in(0).whole[from[0][i]] != 0 ? 1 : 2;
    if (is_real(y.dtype))
      y.real[i] = step.in(side).real[from[side][i]];
    else
      y.whole[i] = step.in(side).whole[from[side][i]];
  }
  return {};
}

constexpr OperationEntry kOperations[] = {
    {"Add", add, Accepts::anything},         {"And", logical_and, Accepts::wholes},
    {"Div", divide, Accepts::anything},      {"Equal", equal, Accepts::anything},
    {"Greater", greater, Accepts::anything}, {"GreaterOrEqual", greater_equal, Accepts::anything},
    {"Less", less, Accepts::anything},       {"LessOrEqual", less_equal, Accepts::anything},
    {"Max", maximum, Accepts::anything},     {"Mean", mean, Accepts::anything},
    {"Min", minimum, Accepts::anything},     {"Mul", multiply, Accepts::anything},
    {"Or", logical_or, Accepts::wholes},     {"PRelu", prelu, Accepts::anything},
    {"Pow", power, Accepts::anything},       {"Sub", subtract, Accepts::anything},
    {"Sum", sum, Accepts::anything},         {"Where", where, Accepts::anything},
    {"Xor", logical_xor, Accepts::wholes},
};

}  // namespace

std::span<const OperationEntry> binary_operations() { return kOperations; }

}  // namespace deepgap::model

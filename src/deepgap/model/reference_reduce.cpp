#include <cmath>
#include <limits>
#include <numeric>

#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

// For every input element, the output element that it is reduced into.
std::vector<std::size_t> reduced_index(const Step& step, const std::vector<std::int64_t>& axes) {
  const Data& x = step.in(0);
  Shape kept = x.shape;
  for (const std::int64_t axis : axes) kept[positive_axis(axis, x.rank())] = 1;
  return broadcast_index(kept, x.shape);
}

struct Reduction {
  double start = 0;
  double (*add)(double sum, double value) = nullptr;
  double (*finish)(double sum, double count) = [](double sum, double) { return sum; };
};

Status reduce_with(Step& step, const Reduction& how) {
  const Data& x = step.in(0);
  Data& y = step.out();
  auto axes = step.list("axes", 1);
  const bool nothing = axes.empty() && step.node.int_or("noop_with_empty_axes", 0) != 0;
  if (axes.empty() && !nothing) {
    axes.resize(x.shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  const auto into = reduced_index(step, axes);
  std::vector<double> sums(y.size(), how.start);
  std::vector<double> counts(y.size(), 0);
  for (std::size_t i = 0; i < into.size(); ++i) {
    sums[into[i]] = how.add(sums[into[i]], x.number(i));
    ++counts[into[i]];
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double value = how.finish(sums[i], counts[i]);
    if (is_real(y.dtype))
      y.real[i] = value;
    else
      y.whole[i] = saturate(y.dtype, value);
  }
  return {};
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double plus(double sum, double v) { return sum + v; }
double plus_square(double sum, double v) { return sum + v * v; }

Status reduce_sum(Step& step) { return reduce_with(step, {0, plus}); }
Status reduce_mean(Step& step) {
  return reduce_with(step, {0, plus, [](double sum, double count) { return sum / count; }});
}
Status reduce_max(Step& step) {
  return reduce_with(step, {-kInfinity, [](double a, double v) { return v > a || std::isnan(v) ? v : a; }});
}
Status reduce_min(Step& step) {
  return reduce_with(step, {kInfinity, [](double a, double v) { return v < a || std::isnan(v) ? v : a; }});
}
Status reduce_product(Step& step) {
  return reduce_with(step, {1, [](double a, double v) { return a * v; }});
}
Status reduce_l1(Step& step) {
  return reduce_with(step, {0, [](double a, double v) { return a + std::abs(v); }});
}
Status reduce_l2(Step& step) {
  return reduce_with(step, {0, plus_square, [](double sum, double) { return std::sqrt(sum); }});
}
Status reduce_sum_square(Step& step) { return reduce_with(step, {0, plus_square}); }

// NaN wins, as in numpy; among equals the first, or the last when "select_last_index" says so.
Status arg_reduce(Step& step, bool largest) {
  const Data& x = step.in(0);
  const std::size_t axis = positive_axis(step.node.int_or("axis", 0), x.rank());
  const bool last = step.node.int_or("select_last_index", 0) != 0;
  const AroundAxis around = around_axis(x.shape, axis);
  const auto better = [&](double value, double best) {
    if (std::isnan(best)) return last && std::isnan(value);
    if (std::isnan(value)) return true;
    return (largest ? value > best : value < best) || (last && value == best);
  };
  for (std::size_t outer = 0; outer < around.outer; ++outer)
    for (std::size_t inner = 0; inner < around.inner; ++inner) {
      const auto value = [&](std::size_t a) {
        return x.number((outer * around.extent + a) * around.inner + inner);
      };
      std::size_t best = 0;
      for (std::size_t a = 1; a < around.extent; ++a)
        if (better(value(a), value(best))) best = a;
      step.out().whole[outer * around.inner + inner] = static_cast<std::int64_t>(best);
    }
  return {};
}
Status arg_max(Step& step) { return arg_reduce(step, true); }
Status arg_min(Step& step) { return arg_reduce(step, false); }

Status top_k(Step& step) {
  const Data& x = step.in(0);
  const std::size_t axis = positive_axis(step.node.int_or("axis", -1), x.rank());
  const bool largest = step.node.int_or("largest", 1) != 0;
  const AroundAxis around = around_axis(x.shape, axis);
  const auto& shape = (step.wants(0) ? step.out(0) : step.out(1)).shape;
  const std::size_t k = index(shape[axis]);
  std::vector<std::size_t> order(around.extent);
  for (std::size_t outer = 0; outer < around.outer; ++outer)
    for (std::size_t inner = 0; inner < around.inner; ++inner) {
      const auto at = [&](std::size_t a) { return (outer * around.extent + a) * around.inner + inner; };
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        const double u = x.number(at(a)), v = x.number(at(b));
        const bool u_greater = std::isnan(u) ? !std::isnan(v) : u > v;  // NaN is above everything
        const bool v_greater = std::isnan(v) ? !std::isnan(u) : v > u;
        if (u_greater || v_greater) return largest ? u_greater : v_greater;
        return a < b;
      });
      for (std::size_t i = 0; i < k; ++i) {
        const std::size_t target = (outer * k + i) * around.inner + inner;
        if (step.wants(0) && is_real(x.dtype)) step.out(0).real[target] = x.real[at(order[i])];
        if (step.wants(0) && !is_real(x.dtype)) step.out(0).whole[target] = x.whole[at(order[i])];
        if (step.wants(1)) step.out(1).whole[target] = static_cast<std::int64_t>(order[i]);
      }
    }
  return {};
}

constexpr OperationEntry kOperations[] = {
    {"ArgMax", arg_max, Accepts::anything},       {"ArgMin", arg_min, Accepts::anything},
    {"ReduceL1", reduce_l1, Accepts::anything},   {"ReduceL2", reduce_l2, Accepts::anything},
    {"ReduceMax", reduce_max, Accepts::anything}, {"ReduceMean", reduce_mean, Accepts::anything},
    {"ReduceMin", reduce_min, Accepts::anything}, {"ReduceProd", reduce_product, Accepts::anything},
    {"ReduceSum", reduce_sum, Accepts::anything}, {"ReduceSumSquare", reduce_sum_square, Accepts::anything},
    {"TopK", top_k, Accepts::anything},
};

}  // namespace

std::span<const OperationEntry> reduce_operations() { return kOperations; }

}  // namespace deepgap::model

#include <cmath>

#include "reference_detail.hpp"

// Resize and Upsample: nearest and linear, along any axes.
namespace deepgap::model {
namespace {

struct AxisResize {
  std::int64_t in = 1, out = 1;
  double scale = 1;
};

struct Rules {
  std::string coordinates;
  std::string nearest;
  bool linear = false;
};

// The scales that were given, or what the sizes come to.
std::vector<AxisResize> axes_of(const Step& step) {
  const Data& x = step.in(0);
  std::vector<AxisResize> axes;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    const std::int64_t in = x.shape[i], out = step.outputs[0].shape[i];
    axes.push_back({in, out, static_cast<double>(out) / static_cast<double>(in)});
  }
  const bool modern = step.node.op == "Resize" && step.opset >= 11;
  const std::size_t at = modern ? 2 : 1;
  if (step.has(at) && step.in(at).real.size() == axes.size())
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i].scale = step.in(at).real[i];
  if (const auto it = step.node.attributes.find("scales"); it != step.node.attributes.end())
    if (const auto* scales = std::get_if<std::vector<float>>(&it->second); scales != nullptr)
      for (std::size_t i = 0; i < axes.size(); ++i) axes[i].scale = static_cast<double>((*scales)[i]);
  return axes;
}

double source(std::int64_t out, const AxisResize& axis, const std::string& coordinates) {
  const auto x = static_cast<double>(out);
  if (axis.in == axis.out && axis.scale == 1) return x;
  if (coordinates == "asymmetric") return x / axis.scale;
  if (coordinates == "align_corners")
    return axis.out == 1 ? 0.0 : x * static_cast<double>(axis.in - 1) / static_cast<double>(axis.out - 1);
  if (coordinates == "pytorch_half_pixel" && axis.out == 1) return 0;
  return (x + 0.5) / axis.scale - 0.5;
}

double round_source(double x, const std::string& nearest) {
  if (nearest == "floor") return std::floor(x);
  if (nearest == "ceil") return std::ceil(x);
  if (nearest == "round_prefer_ceil") return std::floor(x + 0.5);
  return std::ceil(x - 0.5);
}

// The input elements that an output position along one axis mixes, and how much of each.
struct Mix {
  std::int64_t at[2] = {0, 0};
  double share[2] = {1, 0};
};

Mix mix_of(std::int64_t out, const AxisResize& axis, const Rules& rules) {
  const double x = source(out, axis, rules.coordinates);
  const auto inside = [&](double at) {
    return static_cast<std::int64_t>(std::min(std::max(at, 0.0), static_cast<double>(axis.in - 1)));
  };
  if (!rules.linear) return {{inside(round_source(x, rules.nearest)), 0}, {1, 0}};
  const double below = std::floor(x);
  return {{inside(below), inside(below + 1)}, {1 - (x - below), x - below}};
}

Result<Rules> rules_of(const Step& step) {
  const bool modern = step.node.op == "Resize" && step.opset >= 11;
  Rules rules{modern ? step.node.string_or("coordinate_transformation_mode", "half_pixel") : "asymmetric",
              modern ? step.node.string_or("nearest_mode", "round_prefer_floor") : "floor", false};
  const std::string mode = step.node.string_or("mode", "nearest");
  rules.linear = mode == "linear";
  if (mode != "nearest" && mode != "linear") return lacking("this resize mode");
  if (step.node.int_or("antialias", 0) != 0) return lacking("antialiased Resize");
  for (const char* known : {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"})
    if (rules.coordinates == known) return rules;
  return lacking("these resize coordinates");
}

Status resize(Step& step) {
  const auto rules = rules_of(step);
  if (!rules) return rules.error();
  const auto axes = axes_of(step);
  // One axis after the other: linear in each is linear in all.
  Data now = step.in(0);
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    Shape shape = now.shape;
    shape[axis] = axes[axis].out;
    Data next = zeros(now.dtype, shape);
    const AroundAxis around = around_axis(shape, axis);
    const auto extent_in = index(axes[axis].in);
    for (std::size_t a = 0; a < around.extent; ++a) {
      const Mix mix = mix_of(static_cast<std::int64_t>(a), axes[axis], *rules);
      for (std::size_t outer = 0; outer < around.outer; ++outer)
        for (std::size_t i = 0; i < around.inner; ++i) {
          const std::size_t target = (outer * around.extent + a) * around.inner + i;
          const auto from = [&](int side) {
            return (outer * extent_in + index(mix.at[side])) * around.inner + i;
          };
          if (!is_real(now.dtype))
            next.whole[target] = now.whole[from(0)];
          else if (mix.share[1] == 0)
            next.real[target] = now.real[from(0)];
          else
            next.real[target] = mix.share[0] * now.real[from(0)] + mix.share[1] * now.real[from(1)];
        }
    }
    now = std::move(next);
  }
  if (!is_real(now.dtype) && rules->linear) return lacking("linear Resize of integers");
  step.out() = std::move(now);
  return {};
}

constexpr OperationEntry kOperations[] = {{"Resize", resize, Accepts::anything},
                                          {"Upsample", resize, Accepts::anything}};

}  // namespace

std::span<const OperationEntry> resize_operations() { return kOperations; }

}  // namespace deepgap::model

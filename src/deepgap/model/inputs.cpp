#include "deepgap/model/inputs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "deepgap/core/text.hpp"
#include "deepgap/model/random.hpp"
#include "deepgap/model/shapes.hpp"
#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

// Where the colours and pixels of a picture lie.
struct PictureLayout {
  std::int64_t channels = 1, height = 1, width = 1;
  std::int64_t channel_step = 1, row_step = 1, column_step = 1;
};

bool colours(std::int64_t dim) { return dim == 1 || dim == 3 || dim == 4; }

// `shape` is one sample: [C,H,W], or [H,W,C] when only that makes sense.
PictureLayout picture_layout(std::span<const std::int64_t> shape) {
  const std::int64_t a = shape[0], b = shape[1], c = shape[2];
  if (!colours(a) && colours(c)) return {c, a, b, 1, b * c, c};
  return {a, b, c, b * c, c, 1};
}

// A round spot, brightest in its middle, in a colour of its own.
struct Spot {
  double y = 0, x = 0, radius = 1;

  [[nodiscard]] std::int64_t first(double middle) const {
    return static_cast<std::int64_t>(std::max(0.0, std::floor(middle - radius)));
  }
  [[nodiscard]] std::int64_t end(double middle, std::int64_t size) const {
    return std::min(size, static_cast<std::int64_t>(middle + radius) + 1);
  }
  [[nodiscard]] double strength(double at_y, double at_x) const {
    const double dy = (at_y - y) / radius, dx = (at_x - x) / radius;
    const double fall = std::max(0.0, 1 - dy * dy - dx * dx);
    return fall * fall;
  }
};

// Smooth structure of several sizes with a little noise, each value in [0, 1]: more like a photograph than
// white noise, so that networks tell samples apart.
std::vector<double> paint(const PictureLayout& at, Random& random) {
  constexpr int kSpots = 14;
  constexpr double kNoise = 0.04;
  std::vector<double> picture(static_cast<std::size_t>(at.channels * at.height * at.width));
  const auto pixel = [&](std::int64_t c, std::int64_t y, std::int64_t x) -> double& {
    return picture[static_cast<std::size_t>(c * at.channel_step + y * at.row_step + x * at.column_step)];
  };
  const auto height = static_cast<double>(at.height), width = static_cast<double>(at.width);
  for (std::int64_t c = 0; c < at.channels; ++c) {
    const double base = random.uniform(0.2, 0.8);
    const double down = random.uniform(-0.4, 0.4) / height, across = random.uniform(-0.4, 0.4) / width;
    for (std::int64_t y = 0; y < at.height; ++y)
      for (std::int64_t x = 0; x < at.width; ++x)
        pixel(c, y, x) = base + down * static_cast<double>(y) + across * static_cast<double>(x);
  }
  for (int i = 0; i < kSpots; ++i) {
    const Spot spot{random.uniform() * height, random.uniform() * width,
                    std::max(1.0, random.uniform(0.04, 0.5) * std::min(height, width))};
    for (std::int64_t c = 0; c < at.channels; ++c) {
      const double colour = random.uniform(-0.6, 0.6);
      for (std::int64_t y = spot.first(spot.y); y < spot.end(spot.y, at.height); ++y)
        for (std::int64_t x = spot.first(spot.x); x < spot.end(spot.x, at.width); ++x)
          pixel(c, y, x) += colour * spot.strength(static_cast<double>(y), static_cast<double>(x));
    }
  }
  for (double& value : picture) value = std::clamp(value + kNoise * random.normal(), 0.0, 1.0);
  return picture;
}

// ImageNet's mean and deviation; the middle for pictures that are not RGB.
void normalise(std::vector<double>& picture, const PictureLayout& at) {
  constexpr std::array kMean = {0.485, 0.456, 0.406};
  constexpr std::array kDeviation = {0.229, 0.224, 0.225};
  for (std::size_t i = 0; i < picture.size(); ++i) {
    const auto c = static_cast<std::int64_t>(i) / at.channel_step % at.channels;
    const bool rgb = at.channels == 3;
    picture[i] = (picture[i] - (rgb ? kMean[static_cast<std::size_t>(c)] : 0.45)) /
                 (rgb ? kDeviation[static_cast<std::size_t>(c)] : 0.226);
  }
}

// Values 0 .. limit-1 that an integer input may have, from the tables that it (or a mere rearrangement of it)
// indexes.
class IndexLimits {
 public:
  IndexLimits(const Graph& graph, const ValueSpecs* specs) : graph_{graph}, specs_{specs} {}

  [[nodiscard]] std::optional<std::int64_t> of(const std::string& input) const {
    std::set<std::string_view> same{input};
    std::optional<std::int64_t> limit;
    for (const Node& node : graph_.nodes) {
      if (passes_values_on(node.op) && !node.inputs.empty() && same.contains(node.inputs[0]))
        for (const std::string& output : node.outputs) same.insert(output);
      if (node.op != "Gather" || node.inputs.size() < 2 || !same.contains(node.inputs[1])) continue;
      if (const auto rows = rows_of(node)) limit = std::min(limit.value_or(*rows), *rows);
    }
    return limit;
  }

 private:
  static bool passes_values_on(std::string_view op) {
    for (const std::string_view known : {"Cast", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Flatten",
                                         "Transpose", "Expand", "Slice", "Concat"})
      if (op == known) return true;
    return false;
  }

  [[nodiscard]] std::optional<std::int64_t> rows_of(const Node& gather) const {
    const Shape* shape = nullptr;
    if (const auto it = graph_.constants.find(gather.inputs[0]); it != graph_.constants.end())
      shape = &it->second.shape;
    else if (specs_ != nullptr && specs_->contains(gather.inputs[0]))
      shape = &specs_->find(gather.inputs[0])->second.shape;
    if (shape == nullptr || shape->empty()) return std::nullopt;
    const auto axis = positive_axis(gather.int_or("axis", 0), std::ssize(*shape));
    if (axis >= shape->size() || (*shape)[axis] < 1) return std::nullopt;
    return (*shape)[axis];
  }

  const Graph& graph_;
  const ValueSpecs* specs_;
};

// What one input's samples are made of.
struct Recipe {
  bool picture = false;
  std::int64_t limit = 10;  // of integers
};

void fill_sample(Data& data, std::size_t begin, std::size_t count, const Recipe& recipe, Random& random) {
  if (recipe.picture) {
    const PictureLayout layout = picture_layout(std::span{data.shape}.subspan(1));
    auto picture = paint(layout, random);
    if (is_real(data.dtype)) normalise(picture, layout);
    for (std::size_t i = 0; i < count; ++i) {
      if (is_real(data.dtype))
        data.real[begin + i] = picture[i];
      else
        data.whole[begin + i] = static_cast<std::int64_t>(std::floor(picture[i] * 255.0 + 0.5));
    }
    return;
  }
  for (std::size_t i = begin; i < begin + count; ++i) {
    if (is_real(data.dtype))
      data.real[i] = random.normal();
    else
      data.whole[i] = random.below(recipe.limit);
  }
}

Recipe recipe_of(const TensorSpec& spec, const IndexLimits& limits) {
  Recipe recipe;
  const bool spatial = spec.shape.size() == 4 && product(spec.shape) > 0;
  const auto limit = is_real(spec.dtype) ? std::nullopt : limits.of(spec.name);
  recipe.picture = spatial && (is_real(spec.dtype) || (spec.dtype == DType::u8 && !limit));
  if (spec.dtype == DType::boolean) recipe.limit = 2;
  if (spec.dtype == DType::u8) recipe.limit = 256;
  if (limit)
    recipe.limit = spec.dtype == DType::boolean ? 2 : std::min(*limit, saturate(spec.dtype, 0x1p62) + 1);
  return recipe;
}

}  // namespace

Result<std::vector<Tensor>> seeded_inputs(const Graph& graph, std::span<const TensorSpec> inputs,
                                          std::uint64_t seed, std::int64_t first_sample) {
  std::int64_t batch = 1;
  for (const TensorSpec& spec : inputs) {
    if (!element_count(spec.shape, std::int64_t{1} << 31))
      return Error{Errc::invalid_input, "input '" + printable(spec.name) + "' has the shape " +
                                            to_string(spec.shape) +
                                            ": every dimension must be known, and all of it fit into memory"};
    if (!spec.shape.empty()) batch = std::max<std::int64_t>(1, spec.shape[0]);
  }
  const auto shapes =
      infer_shapes(graph, batch);  // only to find tables: a graph that it refuses gets inputs too
  const IndexLimits limits{graph, shapes ? &*shapes : nullptr};
  std::vector<Tensor> tensors;
  for (const TensorSpec& spec : inputs) {
    Data data = zeros(spec.dtype, spec.shape);
    const std::size_t items = spec.shape.empty() ? 1 : index(spec.shape[0]);
    const Recipe recipe = recipe_of(spec, limits);
    for (std::size_t item = 0; item < items; ++item) {
      Random random{seed, spec.name, static_cast<std::uint64_t>(first_sample) + item};
      fill_sample(data, item * (data.size() / items), data.size() / items, recipe, random);
    }
    tensors.push_back(to_tensor(data));
  }
  return tensors;
}

}  // namespace deepgap::model

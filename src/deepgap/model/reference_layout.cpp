#include <numeric>

#include "reference_detail.hpp"

// Operators that move elements, or ask for shapes.
namespace deepgap::model {
namespace {

// Reshape and its like: the shape is settled already, the elements stay in order.
Status same_elements(Step& step) {
  step.out().real = step.in(0).real;
  step.out().whole = step.in(0).whole;
  return {};
}

Status dropout(Step& step) {
  if (step.wants(1)) std::ranges::fill(step.out(1).whole, 1);
  return same_elements(step);
}

Status transpose(Step& step) {
  const Data& x = step.in(0);
  std::vector<std::int64_t> order(x.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = step.node.ints_or("perm", order);
  const auto own = row_major(x.shape);
  std::vector<std::int64_t> strides;
  for (const std::int64_t axis : order) strides.push_back(own[positive_axis(axis, x.rank())]);
  pick(x, strided(step.out().shape, 0, strides), step.out());
  return {};
}

Status expand(Step& step) {
  pick(step.in(0), broadcast_index(step.in(0).shape, step.out().shape), step.out());
  return {};
}

Status tile(Step& step) {
  const Data& x = step.in(0);
  Data& y = step.out();
  const auto in_strides = row_major(x.shape);
  const auto out_strides = row_major(y.shape);
  std::vector<std::size_t> from(y.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis)
      place +=
          static_cast<std::int64_t>(i) / out_strides[axis] % y.shape[axis] % x.shape[axis] * in_strides[axis];
    from[i] = index(place);
  }
  pick(x, from, y);
  return {};
}

// [N, C, H, W] with blocks: DCR takes the block from the front of the channels, CRD from their back.
Status depth_to_space(Step& step) {
  const Data& x = step.in(0);
  const std::int64_t block = step.node.int_or("blocksize", 1);
  const Shape& s = x.shape;
  const std::int64_t depth = s[1] / (block * block);
  const bool front = step.node.string_or("mode", "DCR") == "DCR";
  const std::int64_t plane = s[2] * s[3];
  // Output [N, depth, H, block, W, block] in terms of input strides.
  const std::int64_t by_block = front ? depth * plane : plane;
  const std::int64_t by_depth = front ? plane : block * block * plane;
  const std::int64_t shape[] = {s[0], depth, s[2], block, s[3], block};
  const std::int64_t strides[] = {s[1] * plane, by_depth, s[3], block * by_block, 1, by_block};
  pick(x, strided(shape, 0, strides), step.out());
  return {};
}

Status space_to_depth(Step& step) {
  const Data& x = step.in(0);
  const std::int64_t block = step.node.int_or("blocksize", 1);
  const Shape& s = x.shape;
  // Output [N, block, block, C, H / block, W / block].
  const std::int64_t shape[] = {s[0], block, block, s[1], s[2] / block, s[3] / block};
  const std::int64_t strides[] = {s[1] * s[2] * s[3], s[3], 1, s[2] * s[3], block * s[3], block};
  pick(x, strided(shape, 0, strides), step.out());
  return {};
}

Status shape_of(Step& step) {
  const Shape& shape = step.in(0).shape;
  const auto rank = std::ssize(shape);
  const std::int64_t start = step.node.int_or("start", 0);
  const std::int64_t first = std::clamp<std::int64_t>(start < 0 ? start + rank : start, 0, rank);
  std::copy_n(shape.begin() + first, step.out().whole.size(), step.out().whole.begin());
  return {};
}

Status size_of_tensor(Step& step) {
  step.out().whole[0] = static_cast<std::int64_t>(product(step.in(0).shape));
  return {};
}

Status constant_of_shape(Step& step) {
  const auto value = step.node.attributes.find("value");
  if (value == step.node.attributes.end()) return {};
  const Data data = from_tensor(std::get<Tensor>(value->second));
  std::ranges::fill(step.out().real, data.real.empty() ? 0.0 : data.real[0]);
  std::ranges::fill(step.out().whole, data.whole.empty() ? 0 : data.whole[0]);
  return {};
}

constexpr OperationEntry kOperations[] = {
    {"ConstantOfShape", constant_of_shape, Accepts::anything},
    {"DepthToSpace", depth_to_space, Accepts::anything},
    {"Dropout", dropout, Accepts::anything},
    {"Expand", expand, Accepts::anything},
    {"Flatten", same_elements, Accepts::anything},
    {"Identity", same_elements, Accepts::anything},
    {"Reshape", same_elements, Accepts::anything},
    {"Shape", shape_of, Accepts::anything},
    {"Size", size_of_tensor, Accepts::anything},
    {"SpaceToDepth", space_to_depth, Accepts::anything},
    {"Squeeze", same_elements, Accepts::anything},
    {"Tile", tile, Accepts::anything},
    {"Transpose", transpose, Accepts::anything},
    {"Unsqueeze", same_elements, Accepts::anything},
};

}  // namespace

std::span<const OperationEntry> layout_operations() { return kOperations; }

}  // namespace deepgap::model

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "shapes_detail.hpp"

// Rules of operators that take parts of tensors or put them together.
namespace deepgap::model {
namespace {

using List = std::vector<std::int64_t>;

struct SliceLists {
  List starts, ends, axes, steps;
};

Result<SliceLists> slice_lists(const Call& call) {
  auto starts = call.list("starts", 1);
  if (!starts) return std::move(starts).error();
  auto ends = call.list("ends", 2);
  if (!ends) return std::move(ends).error();
  auto axes = call.list("axes", 3);
  if (!axes) return std::move(axes).error();
  auto steps = call.list("steps", 4);
  if (!steps) return std::move(steps).error();
  if (!starts->has_value() || !ends->has_value()) return contradiction("it has no starts or ends");
  SliceLists lists{**std::move(starts), **std::move(ends), {}, {}};
  lists.axes.resize(lists.starts.size());
  std::iota(lists.axes.begin(), lists.axes.end(), 0);
  lists.axes = axes->value_or(lists.axes);
  lists.steps = steps->value_or(List(lists.starts.size(), 1));
  const std::size_t count = lists.starts.size();
  if (lists.ends.size() != count || lists.axes.size() != count || lists.steps.size() != count)
    return contradiction("its starts, ends, axes and steps differ in number");
  return lists;
}

Result<SliceAxis> settle(std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step) {
  if (step == 0) return contradiction("a step of 0");
  if (step == std::numeric_limits<std::int64_t>::min()) ++step;
  if (start < 0) start = start < -size ? -1 : start + size;
  if (end < 0) end = end < -size ? -1 : end + size;
  if (step > 0) {
    start = std::clamp<std::int64_t>(start, 0, size);
    end = std::clamp<std::int64_t>(end, 0, size);
    return SliceAxis{start, step, end > start ? (end - start - 1) / step + 1 : 0};
  }
  if (size == 0) return SliceAxis{0, step, 0};
  start = std::clamp<std::int64_t>(start, 0, size - 1);
  end = std::clamp<std::int64_t>(end, -1, size - 1);
  return SliceAxis{start, step, start > end ? (start - end - 1) / -step + 1 : 0};
}

}  // namespace

Result<std::vector<SliceAxis>> slice_axes(const Call& call) {
  const auto lists = slice_lists(call);
  if (!lists) return lists.error();
  const auto axes = normal_axes(lists->axes, call.rank(0));
  if (!axes) return axes.error();
  std::vector<SliceAxis> result;
  for (const std::int64_t size : call.in(0).shape) result.push_back({0, 1, size});
  for (std::size_t i = 0; i < axes->size(); ++i) {
    SliceAxis& axis = result[static_cast<std::size_t>((*axes)[i])];
    const auto settled = settle(axis.count, lists->starts[i], lists->ends[i], lists->steps[i]);
    if (!settled) return settled.error();
    axis = *settled;
  }
  return result;
}

namespace rules {

Result<Outputs> slice(const Call& call) {
  const auto axes = slice_axes(call);
  if (!axes) return axes.error();
  Shape shape;
  for (const SliceAxis& axis : *axes) shape.push_back(axis.count);
  return Outputs{{call.in(0).dtype, std::move(shape)}};
}

Result<Outputs> concat(const Call& call) {
  if (!call.node.attributes.contains("axis")) return contradiction("it has no axis");
  const auto axis = normal_axis(call.node.int_or("axis", 0), call.rank(0));
  if (!axis) return axis.error();
  const auto at = static_cast<std::size_t>(*axis);
  Shape shape = call.in(0).shape;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    if (!call.has(i)) return contradiction(fmt::format("its input {} is missing", i));
    Shape other = call.in(i).shape;
    if (other.size() != shape.size() || call.in(i).dtype != call.in(0).dtype)
      return contradiction("its inputs differ in rank or type");
    if (__builtin_add_overflow(total, other[at], &total)) return contradiction("its output is too large");
    other[at] = shape[at];
    if (other != shape)
      return contradiction(fmt::format("shapes {} and {} do not join along axis {}", to_string(shape),
                                       to_string(call.in(i).shape), *axis));
  }
  shape[at] = total;
  return Outputs{{call.in(0).dtype, std::move(shape)}};
}

Result<Outputs> split(const Call& call) {
  const auto axis = normal_axis(call.node.int_or("axis", 0), call.rank(0));
  if (!axis) return axis.error();
  auto given = call.list("split", 1);
  if (!given) return std::move(given).error();
  const std::int64_t size = call.in(0).shape[static_cast<std::size_t>(*axis)];
  const std::int64_t pieces = call.node.int_or("num_outputs", std::ssize(call.node.outputs));
  if (pieces < 1 || pieces > 65536) return contradiction(fmt::format("{} pieces", pieces));
  std::vector<std::int64_t> sizes;
  if (given->has_value()) {
    sizes = **std::move(given);
  } else {
    if (call.opset < 18 && size % pieces != 0)
      return contradiction(fmt::format("{} cannot be split into {} equal pieces", size, pieces));
    const std::int64_t chunk = (size + pieces - 1) / pieces;
    for (std::int64_t i = 0; i < pieces; ++i)
      sizes.push_back(std::clamp<std::int64_t>(size - i * chunk, 0, chunk));
  }
  std::int64_t left = size;
  Outputs outputs;
  for (const std::int64_t piece : sizes) {
    if (piece < 0 || piece > left) return contradiction("the pieces do not add up to the dimension");
    left -= piece;
    outputs.push_back({call.in(0).dtype, call.in(0).shape});
    outputs.back().shape[static_cast<std::size_t>(*axis)] = piece;
  }
  if (left != 0) return contradiction("the pieces do not add up to the dimension");
  return outputs;
}

Result<Outputs> gather(const Call& call) {
  const auto axis = normal_axis(call.node.int_or("axis", 0), call.rank(0));
  if (!axis) return axis.error();
  if (call.in(1).dtype != DType::i64 && call.in(1).dtype != DType::i32)
    return contradiction(fmt::format("its indices are {}", name(call.in(1).dtype)));
  const Shape& data = call.in(0).shape;
  if (call.ints[1] != nullptr)
    for (const std::int64_t index : call.ints[1]->values)
      if (auto inside = normal_axis(index, data[static_cast<std::size_t>(*axis)]); !inside)
        return contradiction(fmt::format("index {} is outside axis {} of {}", index, *axis, to_string(data)));
  Shape shape(data.begin(), data.begin() + *axis);
  shape.insert(shape.end(), call.in(1).shape.begin(), call.in(1).shape.end());
  shape.insert(shape.end(), data.begin() + *axis + 1, data.end());
  return Outputs{{call.in(0).dtype, std::move(shape)}};
}

Result<Outputs> pad(const Call& call) {
  auto given = call.list("pads", 1);
  if (!given) return std::move(given).error();
  if (!given->has_value()) return contradiction("it has no pads");
  auto chosen = call.list("axes", 3);
  if (!chosen) return std::move(chosen).error();
  List axes(call.in(0).shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  const auto normal = normal_axes(chosen->value_or(axes), call.rank(0));
  if (!normal) return normal.error();
  const List& pads = **given;
  if (pads.size() != 2 * normal->size()) return contradiction(fmt::format("it has {} pads", pads.size()));
  Shape shape = call.in(0).shape;
  for (std::size_t i = 0; i < normal->size(); ++i) {
    std::int64_t& size = shape[static_cast<std::size_t>((*normal)[i])];
    if (__builtin_add_overflow(size, pads[i], &size) ||
        __builtin_add_overflow(size, pads[i + normal->size()], &size))
      return contradiction("its output is too large");
    if (size < 0) return contradiction("it takes away more than there is");
  }
  return Outputs{{call.in(0).dtype, std::move(shape)}};
}

Result<Outputs> tile(const Call& call) {
  auto repeats = call.list("repeats", 1);
  if (!repeats) return std::move(repeats).error();
  if (!repeats->has_value() || (*repeats)->size() != call.in(0).shape.size())
    return contradiction("its repeats do not fit its input's rank");
  Shape shape = call.in(0).shape;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if ((**repeats)[i] < 0 || __builtin_mul_overflow(shape[i], (**repeats)[i], &shape[i]))
      return contradiction(fmt::format("{} repeats", (**repeats)[i]));
  return Outputs{{call.in(0).dtype, std::move(shape)}};
}

}  // namespace rules
}  // namespace deepgap::model

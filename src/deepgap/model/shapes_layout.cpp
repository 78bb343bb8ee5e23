#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "shapes_detail.hpp"

// Rules of operators that only give the same elements another shape, and of those that ask for a shape.
namespace deepgap::model::rules {
namespace {

Result<std::vector<std::int64_t>> needed(Result<std::optional<std::vector<std::int64_t>>> list,
                                         std::string_view what) {
  if (!list) return std::move(list).error();
  if (!list->has_value()) return contradiction(fmt::format("it has no {}", what));
  return **std::move(list);
}

// 0 copies the input's dimension; returns where the -1 stands.
Result<std::optional<std::size_t>> copy_zeros(const Call& call, Shape& wanted) {
  std::optional<std::size_t> open;
  const bool allow_zero = call.node.int_or("allowzero", 0) != 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] < -1) return contradiction(fmt::format("a dimension of {}", wanted[i]));
    if (wanted[i] == -1 && open) return contradiction("two dimensions are -1");
    if (wanted[i] == -1) open = i;
    if (wanted[i] != 0 || allow_zero) continue;
    if (i >= call.in(0).shape.size()) return contradiction("a 0 where the input has no dimension");
    wanted[i] = call.in(0).shape[i];
  }
  return open;
}

Result<std::int64_t> product(std::span<const std::int64_t> shape) {
  const auto count = element_count(shape);
  if (!count) return contradiction(fmt::format("impossible shape {}", to_string(shape)));
  return *count;
}

}  // namespace

Result<Outputs> reshape(const Call& call) {
  auto wanted = needed(call.list("shape", 1), "shape");
  if (!wanted) return std::move(wanted).error();
  const Shape asked = *wanted;
  const auto open = copy_zeros(call, *wanted);
  if (!open) return open.error();
  const auto misfit = [&] {
    return contradiction(
        fmt::format("{} cannot be reshaped to {}", to_string(call.in(0).shape), to_string(asked)));
  };
  const auto total = product(call.in(0).shape);
  if (!total) return total.error();
  if (*open) {
    (*wanted)[**open] = 1;
    const auto rest = product(*wanted);
    if (!rest) return rest.error();
    if (*rest == 0 || *total % *rest != 0) return misfit();
    (*wanted)[**open] = *total / *rest;
  }
  const auto filled = product(*wanted);
  if (!filled) return filled.error();
  if (*filled != *total) return misfit();
  return Outputs{{call.in(0).dtype, *std::move(wanted)}};
}

Result<Outputs> flatten(const Call& call) {
  const auto axis = normal_split(call.node.int_or("axis", 1), call.rank(0));
  if (!axis) return axis.error();
  const std::span<const std::int64_t> shape = call.in(0).shape;
  const auto before = product(shape.first(static_cast<std::size_t>(*axis)));
  const auto after = product(shape.subspan(static_cast<std::size_t>(*axis)));
  if (!before) return before.error();
  if (!after) return after.error();
  return Outputs{{call.in(0).dtype, {*before, *after}}};
}

Result<Outputs> transpose(const Call& call) {
  std::vector<std::int64_t> order(call.in(0).shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = call.node.ints_or("perm", order);
  if (std::ssize(order) != call.rank(0))
    return contradiction(
        fmt::format("'perm' {} does not fit {}", to_string(order), to_string(call.in(0).shape)));
  const auto axes = normal_axes(order, call.rank(0));
  if (!axes) return axes.error();
  Shape shape;
  for (const std::int64_t axis : *axes) shape.push_back(call.in(0).shape[static_cast<std::size_t>(axis)]);
  return Outputs{{call.in(0).dtype, std::move(shape)}};
}

Result<Outputs> squeeze(const Call& call) {
  auto given = call.list("axes", 1);
  if (!given) return std::move(given).error();
  std::vector<std::int64_t> axes;
  const Shape& shape = call.in(0).shape;
  if (given->has_value()) {
    auto normal = normal_axes(**given, call.rank(0));
    if (!normal) return std::move(normal).error();
    axes = *std::move(normal);
  } else {
    for (std::int64_t i = 0; i < call.rank(0); ++i)
      if (shape[static_cast<std::size_t>(i)] == 1) axes.push_back(i);
  }
  Shape result;
  for (std::int64_t i = 0; i < call.rank(0); ++i) {
    const std::int64_t size = shape[static_cast<std::size_t>(i)];
    const bool removed = std::ranges::find(axes, i) != axes.end();
    if (removed && size != 1)
      return contradiction(fmt::format("axis {} of {} is not 1", i, to_string(shape)));
    if (!removed) result.push_back(size);
  }
  return Outputs{{call.in(0).dtype, std::move(result)}};
}

Result<Outputs> unsqueeze(const Call& call) {
  const auto axes = needed(call.list("axes", 1), "axes");
  if (!axes) return axes.error();
  const std::int64_t rank = call.rank(0) + std::ssize(*axes);
  if (rank > 64) return contradiction("its output would have more than 64 dimensions");
  const auto normal = normal_axes(*axes, rank);
  if (!normal) return normal.error();
  Shape result;
  auto next = call.in(0).shape.begin();
  for (std::int64_t i = 0; i < rank; ++i)
    result.push_back(std::ranges::find(*normal, i) != normal->end() ? 1 : *next++);
  return Outputs{{call.in(0).dtype, std::move(result)}};
}

Result<Outputs> expand(const Call& call) {
  const auto wanted = needed(call.list("shape", 1), "shape");
  if (!wanted) return wanted.error();
  auto shape = broadcast(call.in(0).shape, *wanted);
  if (!shape) return std::move(shape).error();
  return Outputs{{call.in(0).dtype, *std::move(shape)}};
}

Result<Outputs> shape(const Call& call) {
  const std::int64_t rank = call.rank(0);
  const auto clamp = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t start = clamp(call.node.int_or("start", 0));
  const std::int64_t end = clamp(call.node.int_or("end", rank));
  return Outputs{{DType::i64, {std::max<std::int64_t>(end - start, 0)}}};
}

Result<Outputs> size(const Call&) { return Outputs{{DType::i64, {}}}; }

Result<Outputs> constant_of_shape(const Call& call) {
  auto wanted = needed(call.list("shape", 0), "shape");
  if (!wanted) return std::move(wanted).error();
  DType dtype = DType::f32;
  if (const auto it = call.node.attributes.find("value"); it != call.node.attributes.end()) {
    const auto* value = std::get_if<Tensor>(&it->second);
    if (value == nullptr || element_count(value->shape) != 1)
      return contradiction("'value' is not one number");
    dtype = value->dtype;
  }
  return Outputs{{dtype, *std::move(wanted)}};
}

}  // namespace deepgap::model::rules

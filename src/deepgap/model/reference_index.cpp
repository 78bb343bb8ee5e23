#include <numeric>

#include "reference_detail.hpp"

// Operators that take parts of tensors or put them together.
namespace deepgap::model {
namespace {

// Copies `part`'s whole length along the axis between a small and a large tensor.
void copy_part(const Data& from, Data& to, std::size_t axis, std::size_t offset, bool into) {
  const AroundAxis part = around_axis(into ? from.shape : to.shape, axis);
  const std::size_t large = index((into ? to.shape : from.shape)[axis]) * part.inner;
  const std::size_t run = part.extent * part.inner;
  for (std::size_t outer = 0; outer < part.outer; ++outer) {
    const std::size_t whole = outer * large + offset * part.inner;
    const std::size_t source = into ? outer * run : whole;
    const std::size_t target = into ? whole : outer * run;
    for (std::size_t i = 0; i < run; ++i) {
      if (is_real(from.dtype))
        to.real[target + i] = from.real[source + i];
      else
        to.whole[target + i] = from.whole[source + i];
    }
  }
}

Status concat(Step& step) {
  const std::size_t axis = positive_axis(step.node.int_or("axis", 0), step.in(0).rank());
  std::size_t offset = 0;
  for (const Data* part : step.inputs) {
    copy_part(*part, step.out(), axis, offset, true);
    offset += index(part->shape[axis]);
  }
  return {};
}

std::vector<std::int64_t> pieces(const Step& step, std::int64_t size) {
  if (auto given = step.list("split", 1); !given.empty()) return given;
  const std::int64_t count = step.node.int_or("num_outputs", std::ssize(step.outputs));
  const std::int64_t chunk = (size + count - 1) / count;
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < count; ++i)
    sizes.push_back(std::clamp<std::int64_t>(size - i * chunk, 0, chunk));
  return sizes;
}

Status split(Step& step) {
  const Data& x = step.in(0);
  const std::size_t axis = positive_axis(step.node.int_or("axis", 0), x.rank());
  std::size_t offset = 0;
  const auto sizes = pieces(step, x.shape[axis]);
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.wants(i)) copy_part(x, step.out(i), axis, offset, false);
    offset += index(sizes[i]);
  }
  return {};
}

// Where a slice begins: negative counts from the end, and what is outside moves to the edge.
std::int64_t slice_start(std::int64_t start, std::int64_t size, std::int64_t step) {
  if (start < 0) start = start < -size ? -1 : start + size;
  return std::clamp<std::int64_t>(start, 0, step > 0 ? size : size - 1);
}

Status slice(Step& step) {
  const Data& x = step.in(0);
  const auto starts = step.list("starts", 1);
  auto axes = step.list("axes", 3);
  auto steps = step.list("steps", 4);
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  steps.resize(starts.size(), 1);
  auto strides = row_major(x.shape);
  std::int64_t offset = 0;
  if (step.out().size() == 0) return {};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = positive_axis(axes[i], x.rank());
    offset += slice_start(starts[i], x.shape[axis], steps[i]) * strides[axis];
    // A step beyond the axis takes one element; its size must not overflow.
    strides[axis] *= std::clamp(steps[i], -x.shape[axis], x.shape[axis]);
  }
  pick(x, strided(step.out().shape, offset, strides), step.out());
  return {};
}

Status gather(Step& step) {
  const Data& x = step.in(0);
  const Data& indices = step.in(1);
  const std::size_t axis = positive_axis(step.node.int_or("axis", 0), x.rank());
  const AroundAxis around = around_axis(x.shape, axis);
  const auto extent = x.shape[axis];
  std::vector<std::size_t> from;
  from.reserve(step.out().size());
  for (std::size_t outer = 0; outer < around.outer; ++outer)
    for (const std::int64_t given : indices.whole) {
      if (given < -extent || given >= extent)
        return Error{Errc::invalid_input,
                     "index " + std::to_string(given) + " is outside an axis of " + std::to_string(extent)};
      const std::size_t row = (outer * around.extent + positive_axis(given, extent)) * around.inner;
      for (std::size_t i = 0; i < around.inner; ++i) from.push_back(row + i);
    }
  pick(x, from, step.out());
  return {};
}

std::vector<std::int64_t> pads_before(const Step& step, std::int64_t rank) {
  auto pads = step.list("pads", 1);
  auto axes = step.list("axes", 3);
  if (axes.empty()) {
    axes.resize(index(rank));
    std::iota(axes.begin(), axes.end(), 0);
  }
  std::vector<std::int64_t> before(index(rank), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) before[positive_axis(axes[i], rank)] = pads[i];
  return before;
}

enum class PadMode { constant, edge, reflect, wrap };

// The input position that a padded position shows; absent (-1) for the constant.
std::int64_t source_of(std::int64_t at, std::int64_t size, PadMode mode) {
  if (at >= 0 && at < size) return at;
  if (mode == PadMode::constant || size == 0) return -1;
  if (mode == PadMode::edge) return at < 0 ? 0 : size - 1;
  if (mode == PadMode::wrap) return (at % size + size) % size;
  if (size == 1) return 0;
  const std::int64_t period = 2 * (size - 1);
  const std::int64_t folded = (at % period + period) % period;
  return folded < size ? folded : period - folded;
}

Status pad(Step& step) {
  const Data& x = step.in(0);
  Data& y = step.out();
  const std::string word = step.node.string_or("mode", "constant");
  const PadMode mode = word == "edge"      ? PadMode::edge
                       : word == "reflect" ? PadMode::reflect
                       : word == "wrap"    ? PadMode::wrap
                                           : PadMode::constant;
  if (mode == PadMode::constant && word != "constant") return lacking("this padding mode");
  const bool given = step.opset >= 11 && step.has(2) && step.in(2).size() == 1;
  if (given && step.in(2).dtype != x.dtype)
    return Error{Errc::invalid_input, "the padding value is not of the input's type"};
  const double value =
      given && is_real(x.dtype) ? step.in(2).real[0] : static_cast<double>(step.node.float_or("value", 0));
  const std::int64_t whole = given && !is_real(x.dtype) ? step.in(2).whole[0] : 0;
  const auto before = pads_before(step, x.rank());
  const auto in_strides = row_major(x.shape), out_strides = row_major(y.shape);
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < x.shape.size() && place >= 0; ++axis) {
      const std::int64_t at = static_cast<std::int64_t>(i) / out_strides[axis] % y.shape[axis] - before[axis];
      const std::int64_t source = source_of(at, x.shape[axis], mode);
      place = source < 0 ? -1 : place + source * in_strides[axis];
    }
    if (is_real(x.dtype))
      y.real[i] = place < 0 ? value : x.real[index(place)];
    else
      y.whole[i] = place < 0 ? whole : x.whole[index(place)];
  }
  return {};
}

constexpr OperationEntry kOperations[] = {
    {"Concat", concat, Accepts::anything}, {"Gather", gather, Accepts::anything},
    {"Pad", pad, Accepts::anything},       {"Slice", slice, Accepts::anything},
    {"Split", split, Accepts::anything},
};

}  // namespace

std::span<const OperationEntry> index_operations() { return kOperations; }

}  // namespace deepgap::model

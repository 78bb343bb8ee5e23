#include "deepgap/model/window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "shapes_detail.hpp"

namespace deepgap::model {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 30;  // sums of products of two settings stay inside 64 bits

// A list attribute with one entry an axis (two for pads), each in [least, kMost]; `fallback` when it is
// absent.
Result<std::vector<std::int64_t>> setting(const Node& node, std::string_view key, std::size_t count,
                                          std::int64_t least, std::int64_t fallback) {
  auto values = node.ints_or(key, std::vector<std::int64_t>(count, fallback));
  if (values.size() != count)
    return contradiction(fmt::format("'{}' has {} entries; {} are needed", key, values.size(), count));
  for (const std::int64_t value : values)
    if (value < least || value > kMost) return contradiction(fmt::format("'{}' contains {}", key, value));
  return values;
}

enum class AutoPad { notset, same_upper, same_lower, valid };

Result<AutoPad> auto_pad_of(const Node& node) {
  const std::string text = node.string_or("auto_pad", "NOTSET");
  if (text == "NOTSET" || text.empty()) return AutoPad::notset;
  if (text == "SAME_UPPER") return AutoPad::same_upper;
  if (text == "SAME_LOWER") return AutoPad::same_lower;
  if (text == "VALID") return AutoPad::valid;
  return contradiction("'auto_pad' is none of NOTSET, SAME_UPPER, SAME_LOWER and VALID");
}

// Kernel, stride, dilation, input and declared pads; what auto_pad makes of them comes later.
Result<Window> read_window(const Node& node, std::span<const std::int64_t> spatial,
                           std::span<const std::int64_t> kernel) {
  const std::size_t count = spatial.size();
  if (kernel.size() != count)
    return contradiction(fmt::format("the kernel has {} dimensions, the input {}", kernel.size(), count));
  const auto strides = setting(node, "strides", count, 1, 1);
  if (!strides) return strides.error();
  const auto dilations = setting(node, "dilations", count, 1, 1);
  if (!dilations) return dilations.error();
  const auto pads = setting(node, "pads", 2 * count, 0, 0);
  if (!pads) return pads.error();
  Window window(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (kernel[i] < 1 || kernel[i] > kMost)
      return contradiction(fmt::format("a kernel of size {}", kernel[i]));
    if (spatial[i] > kMost) return contradiction(fmt::format("an input of size {}", spatial[i]));
    window[i] = {spatial[i], kernel[i], (*strides)[i], (*dilations)[i], (*pads)[i], (*pads)[i + count], 0};
  }
  return window;
}

void pad_same(WindowAxis& axis, std::int64_t reach, bool upper) {
  axis.output = (axis.input + axis.stride - 1) / axis.stride;
  const std::int64_t total = std::max<std::int64_t>((axis.output - 1) * axis.stride + reach - axis.input, 0);
  axis.pad_begin = upper ? total / 2 : total - total / 2;
  axis.pad_end = total - axis.pad_begin;
}

Status settle(WindowAxis& axis, AutoPad mode, bool ceil_mode) {
  const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  if (mode == AutoPad::same_upper || mode == AutoPad::same_lower) {
    pad_same(axis, reach, mode == AutoPad::same_upper);
    return {};
  }
  if (mode == AutoPad::valid) axis.pad_begin = axis.pad_end = 0;
  const std::int64_t room = axis.input + axis.pad_begin + axis.pad_end - reach;
  if (room < 0)
    return contradiction(fmt::format("a window of {} does not fit into {} with pads {} and {}", reach,
                                     axis.input, axis.pad_begin, axis.pad_end));
  axis.output = (ceil_mode ? (room + axis.stride - 1) / axis.stride : room / axis.stride) + 1;
  if (ceil_mode && (axis.output - 1) * axis.stride >= axis.input + axis.pad_begin) --axis.output;
  return {};
}

Result<Window> settle_all(Result<Window> window, const Node& node, bool ceil_mode) {
  if (!window) return window;
  const auto mode = auto_pad_of(node);
  if (!mode) return mode.error();
  for (WindowAxis& axis : *window) {
    if (axis.input < 1) return contradiction("an empty spatial dimension");
    if (auto done = settle(axis, *mode, ceil_mode); !done) return std::move(done).error();
    if (axis.output < 1) return contradiction("no window at all");
  }
  return window;
}

Status check_kernel_shape(const Node& node, std::span<const std::int64_t> kernel) {
  const auto declared = node.ints_or("kernel_shape", {kernel.begin(), kernel.end()});
  if (std::ranges::equal(declared, kernel)) return {};
  return contradiction(
      fmt::format("'kernel_shape' is {}, the weight's is {}", to_string(declared), to_string(kernel)));
}

Result<std::span<const std::int64_t>> spatial_of(std::span<const std::int64_t> shape, std::string_view what) {
  if (shape.size() < 3)
    return contradiction(
        fmt::format("{} has shape {}; it needs at least one spatial dimension", what, to_string(shape)));
  return shape.subspan(2);
}

}  // namespace

Result<Window> conv_window(const Node& node, std::span<const std::int64_t> input,
                           std::span<const std::int64_t> weight) {
  const auto spatial = spatial_of(input, "the input");
  if (!spatial) return spatial.error();
  const auto kernel = spatial_of(weight, "the weight");
  if (!kernel) return kernel.error();
  if (auto agrees = check_kernel_shape(node, *kernel); !agrees) return std::move(agrees).error();
  return settle_all(read_window(node, *spatial, *kernel), node, false);
}

Result<Window> pool_window(const Node& node, std::span<const std::int64_t> input) {
  const auto spatial = spatial_of(input, "the input");
  if (!spatial) return spatial.error();
  const auto kernel = node.ints_or("kernel_shape", {});
  auto window = settle_all(read_window(node, *spatial, kernel), node, node.int_or("ceil_mode", 0) != 0);
  if (!window) return window;
  for (const WindowAxis& axis : *window) {
    const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
    if (axis.pad_begin >= reach || axis.pad_end >= reach)
      return contradiction(fmt::format("pads {} and {} leave a window of {} with nothing but padding",
                                       axis.pad_begin, axis.pad_end, reach));
  }
  return window;
}

Result<Window> conv_transpose_window(const Node& node, std::span<const std::int64_t> input,
                                     std::span<const std::int64_t> weight) {
  const auto spatial = spatial_of(input, "the input");
  if (!spatial) return spatial.error();
  const auto kernel = spatial_of(weight, "the weight");
  if (!kernel) return kernel.error();
  if (auto agrees = check_kernel_shape(node, *kernel); !agrees) return std::move(agrees).error();
  const auto mode = auto_pad_of(node);
  if (!mode) return mode.error();
  const auto extra = setting(node, "output_padding", spatial->size(), 0, 0);
  if (!extra) return extra.error();
  const auto wanted = node.ints_or("output_shape", {});
  if (!wanted.empty() && wanted.size() != spatial->size())
    return contradiction(fmt::format("'output_shape' has {} entries", wanted.size()));
  auto window = read_window(node, *spatial, *kernel);
  if (!window) return window;
  for (std::size_t i = 0; i < window->size(); ++i) {
    WindowAxis& axis = (*window)[i];
    if (axis.input < 1) return contradiction("an empty spatial dimension");
    const std::int64_t full =
        (axis.input - 1) * axis.stride + (*extra)[i] + (axis.kernel - 1) * axis.dilation + 1;
    const bool same = *mode == AutoPad::same_upper || *mode == AutoPad::same_lower;
    if (*mode == AutoPad::valid) axis.pad_begin = axis.pad_end = 0;
    if (same || !wanted.empty()) {
      axis.output = wanted.empty() ? axis.input * axis.stride : wanted[i];
      if (axis.output < 1 || axis.output > kMost)
        return contradiction(fmt::format("an output of size {}", axis.output));
      const std::int64_t total = std::max<std::int64_t>(full - axis.output, 0);
      axis.pad_begin = *mode == AutoPad::same_upper ? total / 2 : total - total / 2;
      axis.pad_end = total - axis.pad_begin;
    } else {
      axis.output = full - axis.pad_begin - axis.pad_end;
    }
    if (axis.output < 1) return contradiction("its output would be empty");
  }
  return window;
}

}  // namespace deepgap::model

#include <cmath>
#include <limits>

#include "deepgap/model/window.hpp"
#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

// Every window of a pooling, with the plane elements that it covers.
class Windows {
 public:
  Windows(const Window& window, std::size_t plane_in) : window_{window}, plane_in_{plane_in} {
    for (const WindowAxis& axis : window) {
      spatial_.push_back(axis.input);
      kernel_.push_back(axis.kernel);
      output_.push_back(axis.output);
    }
  }

  // For each output position: visit(element of the plane, or plane_in for a cell of the padding) for each
  // cell of its window, then done(output element). Cells beyond the padding (ceil_mode) are not visited.
  template <class Visit, class Done>
  void for_each(const Visit& visit, const Done& done) const {
    const auto strides = row_major(spatial_);
    const auto out_strides = row_major(output_);
    const auto kernel_strides = row_major(kernel_);
    const auto area = static_cast<std::int64_t>(product(kernel_));
    const auto outputs = static_cast<std::int64_t>(product(output_));
    for (std::int64_t o = 0; o < outputs; ++o) {
      for (std::int64_t k = 0; k < area; ++k) {
        std::int64_t place = 0;
        bool inside = true, beyond = false;
        for (std::size_t axis = 0; axis < window_.size(); ++axis) {
          const WindowAxis& a = window_[axis];
          const std::int64_t at = o / out_strides[axis] % a.output * a.stride - a.pad_begin +
                                  k / kernel_strides[axis] % a.kernel * a.dilation;
          inside = inside && at >= 0 && at < a.input;
          beyond = beyond || at >= a.input + a.pad_end;
          place += at * strides[axis];
        }
        if (!beyond) visit(inside ? index(place) : plane_in_);
      }
      done(index(o));
    }
  }

 private:
  const Window& window_;
  std::size_t plane_in_;
  std::vector<std::int64_t> spatial_, kernel_, output_;
};

struct Planes {
  std::size_t count = 0, in = 0, out = 0;
};

Planes planes_of(const Data& x, const Data& y) {
  return {product(std::span{x.shape}.first(2)), product(std::span{x.shape}.subspan(2)),
          product(std::span{y.shape}.subspan(2))};
}

Status max_pool(Step& step) {
  const Data& x = step.in(0);
  const auto window = pool_window(step.node, x.shape);
  if (!window) return window.error();
  if (step.wants(1) && step.node.int_or("storage_order", 0) != 0) return lacking("column-major indices");
  const Planes planes = planes_of(x, step.out());
  const Windows windows{*window, planes.in};
  for (std::size_t plane = 0; plane < planes.count; ++plane) {
    const std::size_t base = plane * planes.in;
    std::size_t best = planes.in;
    windows.for_each(
        [&](std::size_t element) {
          if (element == planes.in) return;
          const double value = x.number(base + element);
          if (best == planes.in || value > x.number(base + best) ||
              (std::isnan(value) && !std::isnan(x.number(base + best))))
            best = element;
        },
        [&](std::size_t o) {
          const std::size_t at = plane * planes.out + o;
          if (!is_real(x.dtype)) {
            step.out().whole[at] = best == planes.in ? wrap(x.dtype, std::numeric_limits<std::int64_t>::min())
                                                     : x.whole[base + best];
          } else {
            step.out().real[at] =
                best == planes.in ? -std::numeric_limits<double>::infinity() : x.real[base + best];
          }
          if (step.wants(1))
            step.out(1).whole[at] = best == planes.in ? -1 : static_cast<std::int64_t>(base + best);
          best = planes.in;
        });
  }
  return {};
}

Status average_pool(Step& step) {
  const Data& x = step.in(0);
  const auto window = pool_window(step.node, x.shape);
  if (!window) return window.error();
  const bool with_padding = step.node.int_or("count_include_pad", 0) != 0;
  const Planes planes = planes_of(x, step.out());
  const Windows windows{*window, planes.in};
  for (std::size_t plane = 0; plane < planes.count; ++plane) {
    double sum = 0;
    std::int64_t count = 0;
    windows.for_each(
        [&](std::size_t element) {
          if (element != planes.in) sum += x.real[plane * planes.in + element];
          if (element != planes.in || with_padding) ++count;
        },
        [&](std::size_t o) {
          step.out().real[plane * planes.out + o] = count == 0 ? 0.0 : sum / static_cast<double>(count);
          sum = 0;
          count = 0;
        });
  }
  return {};
}

Status global_average_pool(Step& step) {
  const Data& x = step.in(0);
  const Planes planes = planes_of(x, step.out());
  for (std::size_t plane = 0; plane < planes.count; ++plane) {
    double sum = 0;
    for (std::size_t i = 0; i < planes.in; ++i) sum += x.real[plane * planes.in + i];
    step.out().real[plane] = sum / static_cast<double>(planes.in);
  }
  return {};
}

Status global_max_pool(Step& step) {
  const Data& x = step.in(0);
  const Planes planes = planes_of(x, step.out());
  for (std::size_t plane = 0; plane < planes.count; ++plane) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < planes.in; ++i) {
      const double value = x.real[plane * planes.in + i];
      if (value > best || std::isnan(value)) best = value;
    }
    step.out().real[plane] = best;
  }
  return {};
}

constexpr OperationEntry kOperations[] = {{"AveragePool", average_pool},
                                          {"GlobalAveragePool", global_average_pool},
                                          {"GlobalMaxPool", global_max_pool},
                                          {"MaxPool", max_pool, Accepts::anything}};

}  // namespace

std::span<const OperationEntry> pool_operations() { return kOperations; }

}  // namespace deepgap::model

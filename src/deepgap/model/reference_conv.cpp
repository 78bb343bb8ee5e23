#include "deepgap/model/window.hpp"
#include "reference_detail.hpp"

// Convolution by direct loops. So that the innermost loop runs over neighbouring output columns, the input is
// copied once with its padding, each row split by column modulo stride: then column ow of tap kw is at
// [phase][offset + ow]. Every output element sums its products in the order channel, kernel position.
namespace deepgap::model {
namespace {

constexpr std::size_t kColumns = 8;     // output columns of a tile
constexpr std::size_t kChannels = 4;    // output channels of a tile
constexpr double kMostPadded = 0x1p28;  // elements: two gigabytes

struct Layout {
  Window window;
  std::size_t phases = 1;   // stride of the last axis
  std::size_t columns = 1;  // of one phase of a row
  std::size_t out_columns = 1;
  std::vector<std::int64_t> rows;       // padded extents of the axes before the last
  std::vector<std::size_t> taps;        // where kernel position k reads, relative to its output row
  std::vector<std::size_t> row_starts;  // where output row r reads
  std::size_t channel = 0;              // elements of one padded channel
};

Layout make_layout(Window window) {
  Layout layout;
  const WindowAxis& last = window.back();
  const std::int64_t reach = (last.kernel - 1) * last.dilation;
  layout.phases = index(last.stride);
  layout.out_columns = index(last.output);
  const std::size_t tiles = (layout.out_columns + kColumns - 1) / kColumns;
  layout.columns = index(reach / last.stride) + tiles * kColumns;

  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> tap_steps;
  std::vector<std::int64_t> row_count;
  std::vector<std::int64_t> row_steps;
  for (std::size_t i = 0; i + 1 < window.size(); ++i)
    layout.rows.push_back((window[i].output - 1) * window[i].stride +
                          (window[i].kernel - 1) * window[i].dilation + 1);
  const auto row_length = static_cast<std::int64_t>(layout.phases * layout.columns);
  const auto strides = row_major(layout.rows);
  for (std::size_t i = 0; i + 1 < window.size(); ++i) {
    kernel.push_back(window[i].kernel);
    tap_steps.push_back(window[i].dilation * strides[i] * row_length);
    row_count.push_back(window[i].output);
    row_steps.push_back(window[i].stride * strides[i] * row_length);
  }
  layout.row_starts = strided(row_count, 0, row_steps);
  for (const std::size_t row : strided(kernel, 0, tap_steps))
    for (std::int64_t k = 0; k < last.kernel; ++k) {
      const std::int64_t shift = k * last.dilation;
      layout.taps.push_back(row + index(shift % last.stride) * layout.columns + index(shift / last.stride));
    }
  layout.channel = product(layout.rows) * layout.phases * layout.columns;
  layout.window = std::move(window);
  return layout;
}

// Before anything is sized by them: pads, strides and dilations of a hostile file reach 2^31 each.
bool fits_memory(const Window& window, std::size_t channels) {
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  double elements = static_cast<double>(channels);
  for (std::size_t i = 0; i < window.size(); ++i) {
    const WindowAxis& axis = window[i];
    const double reach = number(axis.kernel - 1) * number(axis.dilation) + 1;
    const bool last = i + 1 == window.size();  // its rows are filled up to whole tiles
    elements *= number(axis.output - 1 + (last ? std::int64_t{kColumns} : 0)) * number(axis.stride) + reach;
  }
  return elements <= kMostPadded;
}

// One channel of the input into the padded layout.
void pad_channel(const double* in, const Layout& layout, double* out) {
  const std::size_t axes = layout.rows.size();
  std::vector<std::int64_t> spatial;
  for (std::size_t i = 0; i < axes; ++i) spatial.push_back(layout.window[i].input);
  const auto strides = row_major(spatial);
  const WindowAxis& last = layout.window.back();
  std::vector<std::int64_t> position(axes, 0);
  for (std::size_t row = product(layout.rows); row-- > 0; out += layout.phases * layout.columns) {
    std::int64_t source = 0;
    bool inside = true;
    for (std::size_t i = 0; i < axes; ++i) {
      const std::int64_t at = position[i] - layout.window[i].pad_begin;
      inside = inside && at >= 0 && at < spatial[i];
      source += at * strides[i];
    }
    if (inside)
      for (std::size_t phase = 0; phase < layout.phases; ++phase)
        for (std::size_t c = 0; c < layout.columns; ++c) {
          const std::int64_t at = static_cast<std::int64_t>(c * layout.phases + phase) - last.pad_begin;
          if (at >= 0 && at < last.input) out[phase * layout.columns + c] = in[source * last.input + at];
        }
    for (std::size_t i = axes; i-- > 0;) {
      if (++position[i] < layout.rows[i]) break;
      position[i] = 0;
    }
  }
}

// sums[m][i] = the products of kChannels output channels with kColumns neighbouring columns from `x` on.
void sum_tile(const double* x, const Layout& layout, std::size_t channels, const double* weights,
              double (&sums)[kChannels][kColumns]) {
  double local[kChannels][kColumns] = {};
  for (std::size_t c = 0; c < channels; ++c, x += layout.channel)
    for (const std::size_t tap : layout.taps) {
      for (std::size_t m = 0; m < kChannels; ++m)
        for (std::size_t i = 0; i < kColumns; ++i) local[m][i] += weights[m] * x[tap + i];
      weights += kChannels;
    }
  std::copy_n(&local[0][0], kChannels * kColumns, &sums[0][0]);
}

struct Convolution {
  Layout layout;
  std::size_t channels_in = 1;   // of a group
  std::size_t channels_out = 1;  // of a group
  const double* weights = nullptr;
  const double* bias = nullptr;  // null: none

  // Output channels [first, first + count) of one group; `out` is the group's first plane.
  void run_block(const double* padded, std::size_t first, double* out) const {
    const std::size_t count = std::min(kChannels, channels_out - first);
    const std::size_t products = channels_in * layout.taps.size();
    std::vector<double> packed(products * kChannels, 0.0);
    for (std::size_t p = 0; p < products; ++p)
      for (std::size_t m = 0; m < count; ++m) packed[p * kChannels + m] = weights[(first + m) * products + p];

    const std::size_t plane = layout.row_starts.size() * layout.out_columns;
    double sums[kChannels][kColumns];
    for (std::size_t row = 0; row < layout.row_starts.size(); ++row)
      for (std::size_t column = 0; column < layout.out_columns; column += kColumns) {
        sum_tile(padded + layout.row_starts[row] + column, layout, channels_in, packed.data(), sums);
        const std::size_t width = std::min(kColumns, layout.out_columns - column);
        for (std::size_t m = 0; m < count; ++m) {
          double* target = out + (first + m) * plane + row * layout.out_columns + column;
          const double start = bias != nullptr ? bias[first + m] : 0.0;
          for (std::size_t i = 0; i < width; ++i) target[i] = sums[m][i] + start;
        }
      }
  }
};

// A 1x1 kernel that moves by one without padding sees the picture as one long row.
Window simplified(Window window) {
  const bool pointwise = std::ranges::all_of(window, [](const WindowAxis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.pad_begin == 0 && axis.input == axis.output;
  });
  for (WindowAxis& axis : window)
    if (axis.output == 1) axis.stride = 1;  // a single window does not move
  if (!pointwise) return window;
  WindowAxis row;
  for (const WindowAxis& axis : window) row.input *= axis.input;
  row.output = row.input;
  return {row};
}

Status conv(Step& step) {
  const Data& x = step.in(0);
  const Data& w = step.in(1);
  auto window = conv_window(step.node, x.shape, w.shape);
  if (!window) return std::move(window).error();
  const auto groups = index(step.node.int_or("group", 1));
  const std::size_t plane_in = product(std::span{x.shape}.subspan(2));
  const std::size_t plane_out = product(std::span{step.out().shape}.subspan(2));

  Convolution conv;
  conv.channels_in = index(w.shape[1]);
  conv.channels_out = index(w.shape[0]) / groups;
  Window rows = simplified(*std::move(window));
  if (!fits_memory(rows, conv.channels_in)) return lacking("memory for a convolution with this padding");
  conv.layout = make_layout(std::move(rows));
  std::vector<double> padded(conv.channels_in * conv.layout.channel, 0.0);
  for (std::size_t image = 0; image < index(x.shape[0]); ++image)
    for (std::size_t group = 0; group < groups; ++group) {
      const double* source = x.real.data() + (image * groups + group) * conv.channels_in * plane_in;
      in_parallel(conv.channels_in, step.threads, [&](std::size_t first, std::size_t last) {
        for (std::size_t c = first; c < last; ++c)
          pad_channel(source + c * plane_in, conv.layout, padded.data() + c * conv.layout.channel);
      });
      conv.weights = w.real.data() + group * conv.channels_out * conv.channels_in * conv.layout.taps.size();
      conv.bias = step.has(2) ? step.in(2).real.data() + group * conv.channels_out : nullptr;
      double* out = step.out().real.data() + (image * groups + group) * conv.channels_out * plane_out;
      in_parallel((conv.channels_out + kChannels - 1) / kChannels, step.threads,
                  [&](std::size_t first, std::size_t last) {
                    for (std::size_t block = first; block < last; ++block)
                      conv.run_block(padded.data(), block * kChannels, out);
                  });
    }
  return {};
}

Status conv_transpose(Step& step) {
  const Data& x = step.in(0);
  const Data& w = step.in(1);
  const auto window = conv_transpose_window(step.node, x.shape, w.shape);
  if (!window) return window.error();
  std::vector<std::int64_t> spatial, kernel, output;
  for (const WindowAxis& axis : *window) {
    spatial.push_back(axis.input);
    kernel.push_back(axis.kernel);
    output.push_back(axis.output);
  }
  const auto groups = index(step.node.int_or("group", 1));
  const std::size_t group_in = index(x.shape[1]) / groups;
  const std::size_t group_out = index(w.shape[1]);
  const std::size_t plane_in = product(spatial), area = product(kernel), plane_out = product(output);
  const auto in_strides = row_major(spatial), kernel_strides = row_major(kernel),
             out_strides = row_major(output);

  // Where input element i times kernel element k goes; plane_out when that is cropped.
  const auto target = [&](std::size_t i, std::size_t k) {
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < window->size(); ++axis) {
      const WindowAxis& a = (*window)[axis];
      const std::int64_t at = static_cast<std::int64_t>(i) / in_strides[axis] % a.input * a.stride -
                              a.pad_begin +
                              static_cast<std::int64_t>(k) / kernel_strides[axis] % a.kernel * a.dilation;
      if (at < 0 || at >= a.output) return plane_out;
      place += at * out_strides[axis];
    }
    return index(place);
  };
  for (std::size_t image = 0; image < index(x.shape[0]); ++image)
    for (std::size_t m = 0; m < groups * group_out; ++m) {
      double* out = step.out().real.data() + (image * groups * group_out + m) * plane_out;
      if (step.has(2)) std::fill_n(out, plane_out, step.in(2).real[m]);
      for (std::size_t c = m / group_out * group_in; c < (m / group_out + 1) * group_in; ++c)
        for (std::size_t k = 0; k < area; ++k) {
          const double weight = w.real[(c * group_out + m % group_out) * area + k];
          for (std::size_t i = 0; i < plane_in; ++i)
            if (const std::size_t place = target(i, k); place != plane_out)
              out[place] += weight * x.real[(image * groups * group_in + c) * plane_in + i];
        }
    }
  return {};
}

constexpr OperationEntry kOperations[] = {{"Conv", conv}, {"ConvTranspose", conv_transpose}};

}  // namespace

std::span<const OperationEntry> convolution_operations() { return kOperations; }

}  // namespace deepgap::model

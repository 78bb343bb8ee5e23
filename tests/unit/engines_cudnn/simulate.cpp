#include "simulate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "deepgap/engines/cudnn/pack.hpp"
#include "deepgap/model/small_float.hpp"

namespace deepgap::engines::cudnn {
namespace {

std::size_t index(std::int64_t value) { return static_cast<std::size_t>(value); }

// Stored numbers, NHWC with the pitch.
struct Memory {
  Activation shape;
  std::vector<double> numbers;

  explicit Memory(const Activation& of)
      : shape{of}, numbers(index(of.n * of.h * of.w * of.pitch), std::numeric_limits<double>::quiet_NaN()) {}

  [[nodiscard]] std::size_t at(std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c) const {
    return index(((n * shape.h + y) * shape.w + x) * shape.pitch + c);
  }
  [[nodiscard]] double value(std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c) const {
    return numbers[at(n, y, x, c)] * static_cast<double>(shape.scale);
  }
  void set(std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c, double value) {
    numbers[at(n, y, x, c)] = stored(value / static_cast<double>(shape.scale));
  }

 private:
  [[nodiscard]] double stored(double number) const {
    switch (shape.dtype) {
      case DType::i8: return std::clamp(std::nearbyint(number), -128.0, 127.0);
      case DType::f8e4m3: return model::from_f8e4m3(model::to_f8e4m3(number));
      case DType::f16: return model::from_f16(model::to_f16(number));
      case DType::bf16: return model::from_bf16(model::to_bf16(number));
      default: return number;
    }
  }
};

double clamped(double value, const std::optional<Clamp>& clamp) {
  return clamp ? std::clamp(value, static_cast<double>(clamp->lo), static_cast<double>(clamp->hi)) : value;
}

template <class Do>
void for_each(const Activation& shape, Do act) {
  for (std::int64_t n = 0; n < shape.n; ++n)
    for (std::int64_t y = 0; y < shape.h; ++y)
      for (std::int64_t x = 0; x < shape.w; ++x)
        for (std::int64_t c = 0; c < shape.c; ++c) act(n, y, x, c);
}

// Pixels of the window of output (oy, ox) that are inside the input.
template <class Do>
void for_window(const Activation& in, const Axis& ya, const Axis& xa, std::int64_t oy, std::int64_t ox,
                Do act) {
  for (std::int64_t r = 0; r < ya.kernel; ++r)
    for (std::int64_t s = 0; s < xa.kernel; ++s) {
      const std::int64_t y = oy * ya.stride - ya.pad_begin + r * ya.dilation;
      const std::int64_t x = ox * xa.stride - xa.pad_begin + s * xa.dilation;
      if (y >= 0 && y < in.h && x >= 0 && x < in.w) act(r, s, y, x);
    }
}

struct Simulator {
  const Network& network;
  const std::vector<Tensor>& inputs;
  std::vector<Memory> memory;
  std::vector<Tensor> outputs;

  void convolve(const Memory& in, const Weights& weights, const Axis& ya, const Axis& xa, std::int64_t groups,
                const std::optional<TensorId>& residual, const std::optional<Clamp>& clamp,
                Memory& out) const {
    const std::vector<double> filters = real_weights(weights);
    const std::int64_t per_group = weights.values.shape[1], k_per_group = out.shape.c / groups;
    for_each(out.shape, [&](auto n, auto oy, auto ox, auto k) {
      double sum = weights.bias.empty() ? 0 : static_cast<double>(weights.bias[index(k)]);
      for_window(in.shape, ya, xa, oy, ox, [&](auto r, auto s, auto y, auto x) {
        for (std::int64_t c = 0; c < per_group; ++c)
          sum += in.value(n, y, x, k / k_per_group * per_group + c) *
                 filters[index(((k * per_group + c) * ya.kernel + r) * xa.kernel + s)];
      });
      if (residual) sum += memory[*residual].value(n, oy, ox, k);
      out.set(n, oy, ox, k, clamped(sum, clamp));
    });
  }

  static std::vector<double> real_weights(const Weights& weights) {
    const std::vector<float> numbers = stored_numbers(weights);
    std::vector<double> values;
    const std::size_t inner = weights.scales.empty() ? 1 : numbers.size() / weights.scales.size();
    for (std::size_t i = 0; i < numbers.size(); ++i)
      values.push_back(static_cast<double>(numbers[i]) *
                       (weights.scales.empty() ? 1.0 : static_cast<double>(weights.scales[i / inner])));
    return values;
  }

  void load(std::size_t input, Memory& out) const {
    const auto values = inputs[input].as<float>();
    const Activation& s = out.shape;
    for_each(s, [&](auto n, auto y, auto x, auto c) {
      out.set(n, y, x, c, static_cast<double>(values[index(((n * s.c + c) * s.h + y) * s.w + x)]));
    });
  }

  void operator()(const InputStep& step) {
    if (!step.blocks) return load(step.index, memory[step.out]);
    const SpaceToDepth& b = *step.blocks;
    const auto values = inputs[step.index].as<float>();
    Memory& out = memory[step.out];
    for_each(out.shape, [&](auto n, auto oy, auto ox, auto channel) {
      const std::int64_t c = channel % b.c, y = 2 * (oy - b.top) + channel / b.c / 2;
      const std::int64_t x = 2 * (ox - b.left) + channel / b.c % 2;
      const bool inside = channel < 4 * b.c && y >= 0 && y < b.h && x >= 0 && x < b.w;
      double value = inside ? static_cast<double>(values[index(((n * b.c + c) * b.h + y) * b.w + x)]) : 0;
      const auto scale = static_cast<double>(out.shape.scale);
      if (b.whole_numbers) value = std::clamp(std::nearbyint(value / scale), -128.0, 127.0) * scale;
      out.set(n, oy, ox, channel, value);
    });
  }
  void operator()(const StemStep& step) {
    Memory in{step.in};
    load(step.index, in);
    Activation conv = memory[step.out].shape;
    conv.h = (step.in.h - 1) / 2 + 1;
    conv.w = (step.in.w - 1) / 2 + 1;
    Memory sums{conv};
    constexpr Axis kAxis{7, 2, 1, 3, 3}, kPool{3, 2, 1, 1, 1};
    convolve(in, network.weights[step.weights], kAxis, kAxis, 1, {}, step.clamp, sums);
    if (step.pool)
      pool(sums, kPool, kPool, true, false, memory[step.out]);
    else
      memory[step.out] = sums;
  }
  void operator()(const ConvStep& step) {
    convolve(memory[step.in], network.weights[step.weights], step.y, step.x, step.groups, step.residual,
             step.clamp, memory[step.out]);
  }
  static void pool(const Memory& in, const Axis& ya, const Axis& xa, bool max, bool count_pads, Memory& out) {
    for_each(out.shape, [&](auto n, auto oy, auto ox, auto c) {
      double most = -std::numeric_limits<double>::infinity(), sum = 0, count = 0;
      for_window(in.shape, ya, xa, oy, ox, [&](auto, auto, auto y, auto x) {
        most = std::max(most, in.value(n, y, x, c));
        sum += in.value(n, y, x, c);
        ++count;
      });
      if (count_pads) count = static_cast<double>(ya.kernel * xa.kernel);
      out.set(n, oy, ox, c, max ? most : sum / count);
    });
  }
  void operator()(const PoolStep& step) {
    pool(memory[step.in], step.y, step.x, step.max, step.count_pads, memory[step.out]);
  }
  void operator()(const GlobalAverageStep& step) {
    const Memory& in = memory[step.in];
    for_each(memory[step.out].shape, [&](auto n, auto, auto, auto c) {
      double sum = 0;
      for (std::int64_t y = 0; y < in.shape.h; ++y)
        for (std::int64_t x = 0; x < in.shape.w; ++x) sum += in.value(n, y, x, c);
      memory[step.out].set(n, 0, 0, c, sum / static_cast<double>(in.shape.h * in.shape.w));
    });
  }
  void operator()(const AddStep& step) {
    for_each(memory[step.out].shape, [&](auto n, auto y, auto x, auto c) {
      memory[step.out].set(
          n, y, x, c,
          clamped(memory[step.a].value(n, y, x, c) + memory[step.b].value(n, y, x, c), step.clamp));
    });
  }
  void operator()(const ConvertStep& step) {
    for_each(memory[step.out].shape, [&](auto n, auto y, auto x, auto c) {
      memory[step.out].set(n, y, x, c, clamped(memory[step.in].value(n, y, x, c), step.clamp));
    });
  }
  void operator()(const ConcatStep& step) {
    std::int64_t from = 0;
    for (const TensorId id : step.in) {
      for_each(memory[id].shape, [&](auto n, auto y, auto x, auto c) {
        memory[step.out].set(n, y, x, from + c, memory[id].value(n, y, x, c));
      });
      from += memory[id].shape.c;
    }
  }
  void operator()(const OutputStep& step) {
    Tensor out = make_tensor(DType::f32, network.outputs[step.index].shape);
    const Activation& s = memory[step.in].shape;
    for_each(s, [&](auto n, auto y, auto x, auto c) {
      out.as<float>()[index(((n * s.c + c) * s.h + y) * s.w + x)] =
          static_cast<float>(memory[step.in].value(n, y, x, c));
    });
    outputs[step.index] = std::move(out);
  }
};

}  // namespace

std::vector<Tensor> simulate(const Network& network, const std::vector<Tensor>& inputs) {
  Simulator simulator{network, inputs, {}, std::vector<Tensor>(network.outputs.size())};
  for (const Activation& tensor : network.tensors) simulator.memory.emplace_back(tensor);
  for (const Step& step : network.steps) std::visit(simulator, step);
  return simulator.outputs;
}

}  // namespace deepgap::engines::cudnn

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "deepgap/core/types.hpp"

// The network as this engine runs it: fused steps over NHWC tensors, in order. Pure data: no CUDA in it.
namespace deepgap::engines::cudnn {

using TensorId = std::size_t;

// An activation in device memory: [n, h, w, pitch], of which the first `c` channels are the network's and the
// rest (so that kernels read whole vectors) are never looked at.
struct Activation {
  DType dtype = DType::f32;
  std::int64_t n = 1, h = 1, w = 1, c = 1;
  std::int64_t pitch = 1;
  float scale = 1;  // value = element * scale; other than 1 only for i8, f8e4m3 and whole numbers kept in f16
  friend bool operator==(const Activation&, const Activation&) = default;

  [[nodiscard]] std::size_t bytes() const noexcept {
    return static_cast<std::size_t>(n * h * w * pitch) * size_of(dtype);
  }
};

// Relu, Clip: limits of a value (not of its element).
struct Clamp {
  float lo = 0;
  float hi = std::numeric_limits<float>::infinity();
  friend bool operator==(const Clamp&, const Clamp&) = default;
};

struct Axis {  // one spatial axis of a window
  std::int64_t kernel = 1, stride = 1, dilation = 1, pad_begin = 0, pad_end = 0;
  friend bool operator==(const Axis&, const Axis&) = default;
};

// OIHW as in the file: floats, or i8 / f8e4m3 with a scale for each output channel.
struct Weights {
  Tensor values;              // [k, c / groups, r, s]; f32, i8 or f8e4m3
  std::vector<float> scales;  // one an output channel; empty for floats
  std::vector<float> bias;    // one an output channel, of the value; empty = none
};

// y = clamp(conv(x, w) + bias + residual). A Gemm is a convolution whose window is the whole input.
struct ConvStep {
  std::string name;
  TensorId in = 0, out = 0;
  std::optional<TensorId> residual;
  std::size_t weights = 0;  // index into Network::weights
  Axis y, x;
  std::int64_t groups = 1;
  std::optional<Clamp> clamp;
  bool gemm = false;
};

struct PoolStep {
  TensorId in = 0, out = 0;
  Axis y, x;
  bool max = true;
  bool count_pads = false;  // an average's divisor counts padding
};

struct GlobalAverageStep {
  TensorId in = 0, out = 0;
};

struct AddStep {
  TensorId a = 0, b = 0, out = 0;
  std::optional<Clamp> clamp;
};

// Another element type, another scale, or an activation that nothing could take along.
struct ConvertStep {
  TensorId in = 0, out = 0;
  std::optional<Clamp> clamp;
};

struct ConcatStep {
  std::vector<TensorId> in;
  TensorId out = 0;
};

// Blocks of 2x2 pixels as one pixel of four times the channels (kernels/stem_layout.hpp), of an image [n, c,
// h, w] with a border of zeros.
struct SpaceToDepth {
  std::int64_t c = 3, h = 1, w = 1;
  std::int64_t top = 0, left = 0;  // of the border, in pixels of the result
  bool whole_numbers = false;      // s8's numbers, kept in f16
};

// The edges: f32 NCHW (the contract's layout) to and from an activation.
struct InputStep {
  std::size_t index = 0;
  TensorId out = 0;
  std::optional<SpaceToDepth> blocks;
};
struct OutputStep {
  TensorId in = 0;
  std::size_t index = 0;
};

// A ResNet's first convolution straight from the network's input, with the max-pool behind it
// (kernels/stem.hpp).
struct StemStep {
  std::string name;
  std::size_t index = 0;
  Activation in;  // what the input would have been; not a tensor of the network
  TensorId out = 0;
  std::size_t weights = 0;
  std::optional<Clamp> clamp;
  bool pool = false;
};

using Step = std::variant<InputStep, StemStep, ConvStep, PoolStep, GlobalAverageStep, AddStep, ConvertStep,
                          ConcatStep, OutputStep>;

struct Network {
  std::vector<Activation> tensors;
  std::vector<Weights> weights;
  std::vector<Step> steps;
  std::vector<TensorSpec> inputs, outputs;
};

// What a step reads and writes.
struct Uses {
  std::vector<TensorId> reads;
  std::optional<TensorId> writes;
};
[[nodiscard]] Uses uses_of(const Step& step);

// Channels in memory for `channels` of the network: whole 4-, 8- or 16-element vectors by element type.
[[nodiscard]] std::int64_t pitch_of(std::int64_t channels, DType dtype) noexcept;

}  // namespace deepgap::engines::cudnn

#pragma once

#include <cstddef>
#include <vector>

#include "deepgap/engines/cudnn/network.hpp"

// A convolution's constants as the kernels read them: element type, layout and padded channels. Host only.
namespace deepgap::engines::cudnn {

struct PackedConv {
  std::vector<std::byte> weights;
  std::vector<float> multiplier;  // [k stored]; for i8 and f8e4m3: accumulator -> value
  std::vector<float> bias;        // [k stored]; of the value
};

// [k stored][r][s][c stored / groups] in the input's element type. `values`: the weights, which may be
// transformed ones; channels that are not the network's are 0.
[[nodiscard]] PackedConv pack_conv(const Weights& weights, const Activation& in, const Activation& out,
                                   std::int64_t groups);

// f32 numbers to the nearest that tf32 holds: matrix units would cut the rest off, always towards zero.
void round_to_tf32(std::vector<std::byte>& numbers);

// [r][s][c stored], one filter a channel.
[[nodiscard]] PackedConv pack_depthwise(const Weights& weights, const Activation& in);

// One filter for each channel, and as many channels out as in.
[[nodiscard]] bool is_depthwise(const Weights& weights, const Activation& in, std::int64_t groups) noexcept;

// The stored numbers as floats, OIHW.
[[nodiscard]] std::vector<float> stored_numbers(const Weights& weights);

}  // namespace deepgap::engines::cudnn

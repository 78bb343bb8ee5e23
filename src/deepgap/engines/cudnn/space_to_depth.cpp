#include "deepgap/engines/cudnn/space_to_depth.hpp"

#include <cstring>
#include <vector>

#include "deepgap/engines/cudnn/kernels/stem_layout.hpp"
#include "deepgap/engines/cudnn/pack.hpp"
#include "deepgap/model/small_float.hpp"

namespace deepgap::engines::cudnn {
namespace {

constexpr std::int64_t kMostChannels = 4;    // 16 after folding: one vector of the narrowest type
constexpr std::int64_t kSmallestWindow = 5;  // a 3x3 window would have more taps of zero than it saves

int whole(std::int64_t value) { return static_cast<int>(value); }

bool worth_it(const Network& network, const ConvStep& conv) {
  const auto folds = [](const Axis& a) {
    return a.stride == 2 && a.dilation == 1 && a.kernel >= kSmallestWindow;
  };
  return folds(conv.y) && folds(conv.x) && conv.groups == 1 && network.tensors[conv.in].c <= kMostChannels;
}

// KRSC numbers as OIHW weights of the type they were.
Tensor oihw(const std::vector<float>& krsc, DType dtype, const Shape& shape) {
  Tensor tensor = make_tensor(dtype, shape);
  const auto c = static_cast<std::size_t>(shape[1]), taps = static_cast<std::size_t>(shape[2] * shape[3]);
  for (std::size_t from = 0; from < krsc.size(); ++from) {
    const std::size_t channel = from % c, tap = from / c % taps, k = from / c / taps;
    const std::size_t to = (k * c + channel) * taps + tap;
    if (dtype == DType::i8)
      tensor.as<std::int8_t>()[to] = static_cast<std::int8_t>(krsc[from]);
    else if (dtype == DType::f8e4m3)
      tensor.as<std::uint8_t>()[to] = model::to_f8e4m3(static_cast<double>(krsc[from]));
    else
      tensor.as<float>()[to] = krsc[from];
  }
  return tensor;
}

// f32 sums whole numbers exactly up to 2^24.
bool exact_in_f16(const Network& network, const ConvStep& conv) {
  constexpr std::int64_t kLargestSum = std::int64_t{1} << 24, kLargestProduct = 128 * 127;
  const Activation& in = network.tensors[conv.in];
  return in.dtype == DType::i8 && in.c * conv.y.kernel * conv.x.kernel * kLargestProduct < kLargestSum;
}

void fold(Network& network, InputStep& input, ConvStep& conv, bool s8_in_f16) {
  const bool in_f16 = s8_in_f16 && !conv.residual && exact_in_f16(network, conv);
  Activation& in = network.tensors[conv.in];
  const Activation& out = network.tensors[conv.out];
  Weights& weights = network.weights[conv.weights];
  const kernels::StemConv before{whole(in.c),
                                 whole(in.h),
                                 whole(in.w),
                                 whole(out.c),
                                 whole(conv.y.kernel),
                                 whole(conv.x.kernel),
                                 whole(conv.y.pad_begin),
                                 whole(conv.x.pad_begin),
                                 whole(out.h),
                                 whole(out.w)};
  const auto stored = pitch_of(4 * in.c, DType::i8);
  const auto after = kernels::space_to_depth_conv(before, whole(stored));
  if (!after) return;
  const auto packed = kernels::space_to_depth_weights(stored_numbers(weights), before, *after);
  weights.values = oihw(packed, weights.values.dtype, {out.c, stored, after->kernel_h, after->kernel_w});
  input.blocks = SpaceToDepth{in.c, in.h, in.w, after->top, after->left, in_f16};
  if (in_f16) in.dtype = DType::f16;
  in.h = after->in_h;
  in.w = after->in_w;
  in.c = in.pitch = stored;
  conv.y = {after->kernel_h, 1, 1, 0, 0};
  conv.x = {after->kernel_w, 1, 1, 0, 0};
}

}  // namespace

void fold_first_convolution(Network& network, bool s8_in_f16) {
  std::vector<std::size_t> readers(network.tensors.size());
  for (const Step& step : network.steps)
    for (const TensorId read : uses_of(step).reads) ++readers[read];
  for (Step& first : network.steps)
    if (auto* input = std::get_if<InputStep>(&first); input != nullptr && readers[input->out] == 1)
      for (Step& second : network.steps)
        if (auto* conv = std::get_if<ConvStep>(&second);
            conv != nullptr && conv->in == input->out && worth_it(network, *conv))
          fold(network, *input, *conv, s8_in_f16);
}

}  // namespace deepgap::engines::cudnn

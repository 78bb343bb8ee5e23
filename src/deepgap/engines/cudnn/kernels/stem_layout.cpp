#include "deepgap/engines/cudnn/kernels/stem_layout.hpp"

#include <algorithm>
#include <cstddef>

namespace deepgap::engines::cudnn::kernels {
namespace {

// Taps are moved so that an output's first tap falls on an even input pixel.
int moved(int pad) { return pad % 2; }
int taps(int kernel, int pad) { return (kernel + moved(pad) + 1) / 2; }

}  // namespace

std::optional<SpaceToDepthConv> space_to_depth_conv(const StemConv& conv, int stored_c) {
  const int least = std::min(
      {conv.in_c, conv.in_h, conv.in_w, conv.out_c, conv.kernel_h, conv.kernel_w, conv.out_h, conv.out_w});
  const bool too_large = conv.in_c > 64 || conv.kernel_h > 64 || conv.kernel_w > 64 ||
                         conv.out_h > (1 << 20) || conv.out_w > (1 << 20);
  if (least < 1 || conv.pad_top < 0 || conv.pad_left < 0 || too_large || stored_c < 4 * conv.in_c) return {};
  SpaceToDepthConv equal;
  equal.kernel_h = taps(conv.kernel_h, conv.pad_top);
  equal.kernel_w = taps(conv.kernel_w, conv.pad_left);
  equal.top = (conv.pad_top + 1) / 2;
  equal.left = (conv.pad_left + 1) / 2;
  equal.in_h = conv.out_h + equal.kernel_h - 1;
  equal.in_w = conv.out_w + equal.kernel_w - 1;
  equal.in_c = stored_c;
  return equal;
}

std::vector<float> space_to_depth_weights(std::span<const float> oihw, const StemConv& conv,
                                          const SpaceToDepthConv& equal) {
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  const std::size_t rows = size(equal.kernel_h), columns = size(equal.kernel_w), channels = size(equal.in_c);
  std::vector<float> packed(size(conv.out_c) * rows * columns * channels);
  std::size_t from = 0;
  for (int k = 0; k < conv.out_c; ++k)
    for (int c = 0; c < conv.in_c; ++c)
      for (int r = 0; r < conv.kernel_h; ++r)
        for (int s = 0; s < conv.kernel_w; ++s, ++from) {
          const int y = r + moved(conv.pad_top), x = s + moved(conv.pad_left);
          const std::size_t channel = size((2 * (y % 2) + x % 2) * conv.in_c + c);
          packed[((size(k) * rows + size(y / 2)) * columns + size(x / 2)) * channels + channel] = oihw[from];
        }
  return packed;
}

}  // namespace deepgap::engines::cudnn::kernels

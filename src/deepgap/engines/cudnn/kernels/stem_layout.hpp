#pragma once

#include <optional>
#include <span>
#include <vector>

// How a convolution with stride 2 and few input channels becomes one with stride 1 over pixels of 2x2: the
// input through kernels::space_to_depth(), the weights through space_to_depth_weights(). Host only.
namespace deepgap::engines::cudnn::kernels {

struct StemConv {  // stride 2 both ways, no dilation, one group
  int in_c = 3, in_h = 224, in_w = 224, out_c = 64;
  int kernel_h = 7, kernel_w = 7;
  int pad_top = 3, pad_left = 3;
  int out_h = 112, out_w = 112;
};

// The equal convolution: stride 1, no padding (the border is in the layout), over [n][in_h][in_w][in_c].
struct SpaceToDepthConv {
  int in_h = 115, in_w = 115, in_c = 16;
  int kernel_h = 4, kernel_w = 4;
  int top = 2, left = 2;  // for kernels::SpaceToDepth
};
// `stored_c`: channels to store, at least 4 * in_c. Absent when the shape cannot be.
[[nodiscard]] std::optional<SpaceToDepthConv> space_to_depth_conv(const StemConv& conv, int stored_c);

// OIHW weights of `conv` -> [out_c][kernel_h][kernel_w][in_c] (KRSC) of the equal convolution, 0 where there
// is no tap. `oihw` holds out_c * in_c * kernel_h * kernel_w numbers.
[[nodiscard]] std::vector<float> space_to_depth_weights(std::span<const float> oihw, const StemConv& conv,
                                                        const SpaceToDepthConv& equal);

}  // namespace deepgap::engines::cudnn::kernels

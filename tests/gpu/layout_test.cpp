#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "deepgap/engines/cudnn/kernels/stem_layout.hpp"

namespace deepgap::engines::cudnn::kernels {
namespace {

std::size_t size(int value) { return static_cast<std::size_t>(value); }
std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 random{seed};
  std::vector<float> values(count);
  for (auto& value : values)
    value = static_cast<float>(static_cast<int>(random() % 17) - 8);  // sums stay exact
  return values;
}

std::vector<float> convolve(const StemConv& conv, const std::vector<float>& in,
                            const std::vector<float>& weights) {
  std::vector<float> out;
  for (int k = 0; k < conv.out_c; ++k)
    for (int y = 0; y < conv.out_h; ++y)
      for (int x = 0; x < conv.out_w; ++x) {
        float sum = 0;
        for (int c = 0; c < conv.in_c; ++c)
          for (int r = 0; r < conv.kernel_h; ++r)
            for (int s = 0; s < conv.kernel_w; ++s) {
              const int row = 2 * y - conv.pad_top + r, column = 2 * x - conv.pad_left + s;
              if (row < 0 || row >= conv.in_h || column < 0 || column >= conv.in_w) continue;
              sum += in[(size(c) * size(conv.in_h) + size(row)) * size(conv.in_w) + size(column)] *
                     weights[((size(k) * size(conv.in_c) + size(c)) * size(conv.kernel_h) + size(r)) *
                                 size(conv.kernel_w) +
                             size(s)];
            }
        out.push_back(sum);
      }
  return out;
}

// What kernels::space_to_depth() makes of the input.
std::vector<float> in_depth(const StemConv& conv, const SpaceToDepthConv& equal,
                            const std::vector<float>& in) {
  std::vector<float> out(size(equal.in_h) * size(equal.in_w) * size(equal.in_c));
  for (int y = 0; y < equal.in_h; ++y)
    for (int x = 0; x < equal.in_w; ++x)
      for (int k = 0; k < 4 * conv.in_c; ++k) {
        const int quarter = k / conv.in_c, c = k % conv.in_c;
        const int row = 2 * (y - equal.top) + quarter / 2, column = 2 * (x - equal.left) + quarter % 2;
        if (row < 0 || row >= conv.in_h || column < 0 || column >= conv.in_w) continue;
        out[(size(y) * size(equal.in_w) + size(x)) * size(equal.in_c) + size(k)] =
            in[(size(c) * size(conv.in_h) + size(row)) * size(conv.in_w) + size(column)];
      }
  return out;
}

std::vector<float> convolve_equal(const StemConv& conv, const SpaceToDepthConv& equal,
                                  const std::vector<float>& in, const std::vector<float>& weights) {
  std::vector<float> out;
  for (int k = 0; k < conv.out_c; ++k)
    for (int y = 0; y < conv.out_h; ++y)
      for (int x = 0; x < conv.out_w; ++x) {
        float sum = 0;
        for (int r = 0; r < equal.kernel_h; ++r)
          for (int s = 0; s < equal.kernel_w; ++s)
            for (int c = 0; c < equal.in_c; ++c)
              sum += in[(size(y + r) * size(equal.in_w) + size(x + s)) * size(equal.in_c) + size(c)] *
                     weights[((size(k) * size(equal.kernel_h) + size(r)) * size(equal.kernel_w) + size(s)) *
                                 size(equal.in_c) +
                             size(c)];
        out.push_back(sum);
      }
  return out;
}

TEST(StemLayout, GivesAConvolutionEqualToTheOneWithStrideTwo) {
  const StemConv convs[] = {
      {.in_c = 3,
       .in_h = 14,
       .in_w = 18,
       .out_c = 4,
       .kernel_h = 7,
       .kernel_w = 7,
       .pad_top = 3,
       .pad_left = 3,
       .out_h = 7,
       .out_w = 9},
      {.in_c = 3,
       .in_h = 15,
       .in_w = 13,
       .out_c = 4,
       .kernel_h = 7,
       .kernel_w = 7,
       .pad_top = 3,
       .pad_left = 3,
       .out_h = 8,
       .out_w = 7},
      {.in_c = 3,
       .in_h = 12,
       .in_w = 12,
       .out_c = 5,
       .kernel_h = 3,
       .kernel_w = 3,
       .pad_top = 0,
       .pad_left = 0,
       .out_h = 6,
       .out_w = 6},
      {.in_c = 1,
       .in_h = 12,
       .in_w = 12,
       .out_c = 2,
       .kernel_h = 3,
       .kernel_w = 5,
       .pad_top = 1,
       .pad_left = 2,
       .out_h = 6,
       .out_w = 6},
      {.in_c = 2,
       .in_h = 9,
       .in_w = 9,
       .out_c = 2,
       .kernel_h = 1,
       .kernel_w = 1,
       .pad_top = 0,
       .pad_left = 0,
       .out_h = 5,
       .out_w = 5},
  };
  for (const auto& conv : convs) {
    const auto in = random_floats(size(conv.in_c * conv.in_h * conv.in_w), 1);
    const auto weights = random_floats(size(conv.out_c * conv.in_c * conv.kernel_h * conv.kernel_w), 2);
    const auto equal = space_to_depth_conv(conv, 16);
    ASSERT_TRUE(equal);
    const auto packed = space_to_depth_weights(weights, conv, *equal);
    EXPECT_EQ(convolve_equal(conv, *equal, in_depth(conv, *equal, in), packed), convolve(conv, in, weights));
  }
}

TEST(StemLayout, OfAResNetIsFourByFourOverSixteenChannels) {
  const auto equal = space_to_depth_conv(StemConv{}, 16);
  ASSERT_TRUE(equal);
  EXPECT_EQ(equal->kernel_h, 4);
  EXPECT_EQ(equal->in_w, 115);
  EXPECT_EQ(equal->top, 2);
}

TEST(StemLayout, IsAbsentForShapesThatCannotBe) {
  EXPECT_FALSE(space_to_depth_conv(StemConv{}, 11));
  EXPECT_FALSE(space_to_depth_conv(StemConv{.in_h = 0}, 16));
  EXPECT_FALSE(space_to_depth_conv(StemConv{.pad_left = -1}, 16));
  EXPECT_FALSE(space_to_depth_conv(StemConv{.kernel_h = 65}, 16));
}

}  // namespace
}  // namespace deepgap::engines::cudnn::kernels

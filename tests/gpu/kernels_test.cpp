#include "deepgap/engines/cudnn/kernels/kernels.hpp"

#include "device_values.hpp"

namespace deepgap::engines::cudnn::kernels {
namespace {

class EdgeKernels : public OnDevice {};
class PoolKernels : public OnDevice {};
class ElementKernels : public OnDevice {};
class DepthwiseKernels : public OnDevice {};
INSTANTIATE_TEST_SUITE_P(Types, EdgeKernels, ::testing::ValuesIn(kElements), element_name);
INSTANTIATE_TEST_SUITE_P(Types, PoolKernels, ::testing::ValuesIn(kElements), element_name);
INSTANTIATE_TEST_SUITE_P(Types, ElementKernels, ::testing::ValuesIn(kElements), element_name);
INSTANTIATE_TEST_SUITE_P(Types, DepthwiseKernels, ::testing::ValuesIn(kElements), element_name);

TEST_P(EdgeKernels, PutChannelsLastPadsThemAndTakeThemBack) {
  const Element type = GetParam();
  const float scale = scale_for(type, 0.02F);
  for (const Edge shape : {Edge{2, 3, 5, 7, 8}, Edge{1, 3, 9, 40, 4}, Edge{3, 3, 4, 4, 3},
                           Edge{2, 20, 3, 3, 24}, Edge{5, 1000, 1, 1, 1000}}) {
    const Nhwc inner{shape.n, shape.h, shape.w, shape.stored_c};
    const Nhwc plain{shape.n, shape.h, shape.w, shape.c};
    const auto in = random_values(Element::f32, count_of(plain), 1);
    Values exact(count_of(inner));
    for (int n = 0; n < shape.n; ++n)
      for (int c = 0; c < shape.c; ++c)
        for (int y = 0; y < shape.h; ++y)
          for (int x = 0; x < shape.w; ++x)
            exact[index(inner, n, y, x, c)] =
                in[index({shape.n, shape.c, shape.h, shape.w}, n, c, y, x)] / static_cast<double>(scale);
    const DeviceValues from{Element::f32, in}, to{type, count_of(inner)}, back{Element::f32, in.size()};
    ASSERT_EQ(nchw_to_nhwc(from.floats(), to.get(), type, scale, shape, nullptr), cudaSuccess);
    const auto stored = to.read();
    expect_near(type, stored, exact);
    ASSERT_EQ(nhwc_to_nchw(to.get(), type, scale, back.floats(), shape, nullptr), cudaSuccess);
    Values returned(in.size());
    for (int n = 0; n < shape.n; ++n)
      for (int c = 0; c < shape.c; ++c)
        for (int y = 0; y < shape.h; ++y)
          for (int x = 0; x < shape.w; ++x)
            returned[index({shape.n, shape.c, shape.h, shape.w}, n, c, y, x)] =
                stored[index(inner, n, y, x, c)] * static_cast<double>(scale);
    expect_near(Element::f32, back.read(), returned);
  }
}

TEST_P(EdgeKernels, TurnPixelsOfTwoByTwoIntoChannels) {
  const Element type = GetParam();
  const float scale = scale_for(type, 0.02F);
  for (const SpaceToDepth shape :
       {SpaceToDepth{2, 3, 12, 16, 16, 9, 11, 2, 2}, SpaceToDepth{1, 3, 7, 9, 12, 6, 7, 1, 1},
        SpaceToDepth{1, 1, 6, 6, 5, 3, 3, 0, 0}}) {
    const Nhwc inner{shape.n, shape.out_h, shape.out_w, shape.stored_c};
    const Nhwc planes{shape.n, shape.c, shape.h, shape.w};
    const auto in = random_values(Element::f32, count_of(planes), 2);
    Values exact(count_of(inner));
    for (int n = 0; n < shape.n; ++n)
      for (int y = 0; y < shape.out_h; ++y)
        for (int x = 0; x < shape.out_w; ++x)
          for (int k = 0; k < 4 * shape.c; ++k) {
            const int row = 2 * (y - shape.top) + k / shape.c / 2,
                      column = 2 * (x - shape.left) + k / shape.c % 2;
            if (row < 0 || row >= shape.h || column < 0 || column >= shape.w) continue;
            exact[index(inner, n, y, x, k)] =
                in[index(planes, n, k % shape.c, row, column)] / static_cast<double>(scale);
          }
    const DeviceValues from{Element::f32, in}, to{type, count_of(inner)};
    ASSERT_EQ(space_to_depth(from.floats(), to.get(), type, scale, shape, nullptr), cudaSuccess);
    expect_near(type, to.read(), exact);
  }
}

// Every pool that is tested: windows of ResNets and others, uneven pads, channels in packs and not.
std::vector<Pool> pools() {
  return {
      Pool{.in = {2, 12, 12, 64},
           .out_h = 6,
           .out_w = 6,
           .kernel_h = 3,
           .kernel_w = 3,
           .stride_h = 2,
           .stride_w = 2,
           .pad_top = 1,
           .pad_left = 1,
           .pad_bottom = 1,
           .pad_right = 1},
      Pool{.in = {1, 9, 8, 5},
           .out_h = 5,
           .out_w = 4,
           .kernel_h = 2,
           .kernel_w = 2,
           .stride_h = 2,
           .stride_w = 2,
           .pad_bottom = 1,
           .count_include_pad = true},
      Pool{.in = {3, 7, 10, 24},
           .out_h = 7,
           .out_w = 5,
           .kernel_h = 3,
           .kernel_w = 5,
           .stride_h = 1,
           .stride_w = 2,
           .pad_top = 2,
           .pad_left = 1,
           .pad_bottom = 0,
           .pad_right = 3,
           .count_include_pad = true},
  };
}

Values pooled(const Pool& shape, const Values& in, bool max) {
  const Nhwc out{shape.in.n, shape.out_h, shape.out_w, shape.in.c};
  Values result(count_of(out));
  for (int n = 0; n < out.n; ++n)
    for (int y = 0; y < out.h; ++y)
      for (int x = 0; x < out.w; ++x)
        for (int c = 0; c < out.c; ++c) {
          double best = -1e30, sum = 0;
          int inside = 0, counted = 0;
          for (int r = 0; r < shape.kernel_h; ++r)
            for (int s = 0; s < shape.kernel_w; ++s) {
              const int row = y * shape.stride_h - shape.pad_top + r,
                        column = x * shape.stride_w - shape.pad_left + s;
              if (row < shape.in.h + shape.pad_bottom && column < shape.in.w + shape.pad_right) ++counted;
              if (row < 0 || row >= shape.in.h || column < 0 || column >= shape.in.w) continue;
              ++inside;
              const double value = in[index(shape.in, n, row, column, c)];
              best = std::max(best, value);
              sum += value;
            }
          result[index(out, n, y, x, c)] = max ? best : sum / (shape.count_include_pad ? counted : inside);
        }
  return result;
}

TEST_P(PoolKernels, FindTheLargestOfEveryWindow) {
  const Element type = GetParam();
  for (const Pool& shape : pools()) {
    const auto in = random_values(type, count_of(shape.in), 3);
    const auto exact = pooled(shape, in, true);
    const DeviceValues from{type, in}, to{type, exact.size()};
    ASSERT_EQ(max_pool(from.get(), to.get(), type, shape, nullptr), cudaSuccess);
    EXPECT_EQ(to.read(), exact);
  }
}

TEST_P(PoolKernels, DoNotLoseNanAmongLargestValues) {
  const Element type = GetParam();
  if (type == Element::s8) GTEST_SKIP() << "s8 has no NaN";
  const Pool shape{.in = {1, 2, 2, 8}, .kernel_h = 2, .kernel_w = 2};
  Values in(32, 1.0);
  in[8] = std::nan("");
  const DeviceValues from{type, in}, to{type, 8};
  ASSERT_EQ(max_pool(from.get(), to.get(), type, shape, nullptr), cudaSuccess);
  const auto out = to.read();
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], 1.0);
}

TEST_P(PoolKernels, AverageEveryWindow) {
  const Element type = GetParam();
  const Scales scales{scale_for(type, 0.02F), scale_for(type, 0.03F)};
  for (const Pool& shape : pools()) {
    const auto in = random_values(type, count_of(shape.in), 4);
    auto exact = pooled(shape, in, false);
    for (auto& value : exact) value *= static_cast<double>(scales.in) / static_cast<double>(scales.out);
    const DeviceValues from{type, in}, to{type, exact.size()};
    ASSERT_EQ(average_pool(from.get(), to.get(), type, scales, shape, nullptr), cudaSuccess);
    expect_near(type, to.read(), exact, 1);
  }
}

TEST_P(PoolKernels, AverageWholeImages) {
  const Element type = GetParam();
  for (const Nhwc shape : {Nhwc{3, 7, 7, 72}, Nhwc{2, 1, 1, 5}, Nhwc{1, 9, 5, 512}, Nhwc{4, 8, 8, 2048}})
    for (const Element out_type : {Element::f32, type}) {
      const Scales scales{scale_for(type, 0.02F), scale_for(out_type, 0.004F)};
      const auto in = random_values(type, count_of(shape), 5);
      Values exact(static_cast<std::size_t>(shape.n) * static_cast<std::size_t>(shape.c));
      for (int n = 0; n < shape.n; ++n)
        for (int c = 0; c < shape.c; ++c) {
          double sum = 0;
          for (int y = 0; y < shape.h; ++y)
            for (int x = 0; x < shape.w; ++x) sum += in[index(shape, n, y, x, c)];
          exact[index({shape.n, 1, 1, shape.c}, n, 0, 0, c)] =
              sum / (shape.h * shape.w) * static_cast<double>(scales.in) / static_cast<double>(scales.out);
        }
      const DeviceValues from{type, in}, to{out_type, exact.size()};
      ASSERT_EQ(global_average_pool(from.get(), type, to.get(), out_type, scales, shape, nullptr),
                cudaSuccess);
      expect_near(out_type, to.read(), exact, 1);
    }
}

TEST_P(ElementKernels, AddWithScalesAndClamp) {
  const Element type = GetParam();
  const AddScales scales{scale_for(type, 0.02F), scale_for(type, 0.05F), scale_for(type, 0.03F)};
  for (const std::size_t count : {std::size_t{4096}, std::size_t{1003}, std::size_t{3}})
    for (const Clamp clamp : {kNoClamp, kRelu, Clamp{-0.25F, 0.5F}}) {
      const auto a = random_values(type, count, 6), b = random_values(type, count, 7);
      Values exact(count);
      for (std::size_t i = 0; i < count; ++i)
        exact[i] = apply(clamp, a[i] * static_cast<double>(scales.a) + b[i] * static_cast<double>(scales.b)) /
                   static_cast<double>(scales.out);
      const DeviceValues left{type, a}, right{type, b}, to{type, count};
      const auto n = static_cast<std::int64_t>(count);
      ASSERT_EQ(add(left.get(), right.get(), to.get(), type, scales, clamp, n, nullptr), cudaSuccess);
      expect_near(type, to.read(), exact, 1);
      ASSERT_EQ(add(left.get(), right.get(), left.get(), type, scales, clamp, n, nullptr), cudaSuccess);
      expect_near(type, left.read(), exact, 1);
    }
}

TEST_P(ElementKernels, ConvertBetweenAllTypes) {
  const Element type = GetParam();
  constexpr std::size_t kCount = 2053;
  for (const Element to_type : kElements)
    for (const Clamp clamp : {kNoClamp, kRelu, Clamp{-0.25F, 0.5F}}) {
      const Scales scales{scale_for(type, 0.04F), scale_for(to_type, 0.01F)};
      const auto in = random_values(type, kCount, 8, 2);
      Values exact(kCount);
      for (std::size_t i = 0; i < kCount; ++i)
        exact[i] = apply(clamp, in[i] * static_cast<double>(scales.in)) / static_cast<double>(scales.out);
      const DeviceValues from{type, in}, to{to_type, kCount};
      ASSERT_EQ(convert(from.get(), type, to.get(), to_type, scales, clamp, kCount, nullptr), cudaSuccess);
      expect_near(to_type, to.read(), exact, 1, 2e-7);
    }
}

TEST_P(ElementKernels, CopyIntoAChannelSliceAndTouchNothingElse) {
  const Element type = GetParam();
  const Scales scales{scale_for(type, 0.04F), scale_for(type, 0.05F)};
  for (const ChannelSlice shape :
       {ChannelSlice{49, 16, 48, 24}, ChannelSlice{5, 3, 10, 7}, ChannelSlice{1, 8, 8, 0}}) {
    const auto pixels = static_cast<std::size_t>(shape.pixels), c = static_cast<std::size_t>(shape.c),
               out_c = static_cast<std::size_t>(shape.out_c), offset = static_cast<std::size_t>(shape.offset);
    const auto in = random_values(type, pixels * c, 9);
    Values exact = random_values(type, pixels * out_c, 10);
    const DeviceValues from{type, in}, to{type, exact};
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t k = 0; k < c; ++k)
        exact[p * out_c + offset + k] =
            in[p * c + k] * static_cast<double>(scales.in) / static_cast<double>(scales.out);
    ASSERT_EQ(copy_channels(from.get(), to.get(), type, scales, shape, nullptr), cudaSuccess);
    expect_near(type, to.read(), exact, 1);
  }
}

TEST_P(ElementKernels, FinishAccumulators) {
  const Element type = GetParam();
  constexpr int kRows = 3, kColumns = 300;
  const auto size = static_cast<std::size_t>(kRows * kColumns);
  const auto multiplier = random_values(Element::f32, kColumns, 11, 0.01),
             bias = random_values(Element::f32, kColumns, 12);
  const DeviceValues multipliers{Element::f32, multiplier}, biases{Element::f32, bias};
  for (const bool s32 : {false, true}) {
    auto sums = random_values(Element::f32, size, 13, 1000);
    std::vector<std::byte> bytes(size * 4);
    for (std::size_t i = 0; i < size; ++i) {
      if (!s32) {
        encode(Element::f32, sums[i], &bytes[i * 4]);
        continue;
      }
      const auto whole = static_cast<std::int32_t>(sums[i]);
      std::memcpy(&bytes[i * 4], &whole, 4);
      sums[i] = whole;
    }
    const Epilogue epilogue{.multiplier = multipliers.floats(),
                            .bias = biases.floats(),
                            .clamp = {-3, 5},
                            .scale = scale_for(type, 0.1F)};
    Values exact(size);
    for (std::size_t i = 0; i < size; ++i)
      exact[i] = apply(epilogue.clamp, sums[i] * multiplier[i % kColumns] + bias[i % kColumns]) /
                 static_cast<double>(epilogue.scale);
    const DeviceBytes from{bytes};
    const DeviceValues to{type, size};
    ASSERT_EQ(finish(from.get(), to.get(), type, epilogue, {kRows, kColumns, s32}, nullptr), cudaSuccess);
    expect_near(type, to.read(), exact, 10);
  }
}

TEST_P(DepthwiseKernels, ConvolveEveryChannelByItself) {
  const Element type = GetParam();
  for (const Depthwise shape :
       {Depthwise{{2, 9, 11, 16}, 9, 11, 3, 3, 1, 1, 1, 1}, Depthwise{{1, 8, 8, 72}, 4, 4, 3, 3, 2, 2, 0, 0},
        Depthwise{{1, 14, 13, 40}, 14, 13, 5, 5, 1, 1, 2, 2},
        Depthwise{{2, 14, 14, 24}, 7, 7, 5, 5, 2, 2, 1, 1}, Depthwise{{1, 10, 6, 5}, 10, 6, 3, 3, 1, 1, 1, 1},
        Depthwise{{1, 9, 9, 8}, 5, 3, 7, 7, 1, 1, 1, 0}, Depthwise{{1, 7, 7, 8}, 7, 7, 3, 5, 1, 1, 1, 2}}) {
    const Nhwc out{shape.in.n, shape.out_h, shape.out_w, shape.in.c};
    const auto channels = static_cast<std::size_t>(shape.in.c);
    const auto in = random_values(type, count_of(shape.in), 14),
               weights = random_values(
                   type, static_cast<std::size_t>(shape.kernel_h * shape.kernel_w) * channels, 15),
               bias = random_values(Element::f32, channels, 16);
    const bool quantised = type == Element::s8 || type == Element::e4m3;
    const auto multiplier = Values(channels, rounded(Element::f32, quantised ? 1e-4 : 1.0));
    const DeviceValues from{type, in}, filters{type, weights}, biases{Element::f32, bias},
        multipliers{Element::f32, multiplier}, to{type, count_of(out)};
    const Epilogue epilogue{.multiplier = quantised ? multipliers.floats() : nullptr,
                            .bias = biases.floats(),
                            .clamp = {0, 6},
                            .scale = scale_for(type, 0.03F)};
    Values exact(count_of(out));
    for (int n = 0; n < out.n; ++n)
      for (int y = 0; y < out.h; ++y)
        for (int x = 0; x < out.w; ++x)
          for (int c = 0; c < out.c; ++c) {
            double sum = 0;
            for (int r = 0; r < shape.kernel_h; ++r)
              for (int s = 0; s < shape.kernel_w; ++s) {
                const int row = y * shape.stride_h - shape.pad_top + r;
                const int column = x * shape.stride_w - shape.pad_left + s;
                if (row < 0 || row >= shape.in.h || column < 0 || column >= shape.in.w) continue;
                sum += in[index(shape.in, n, row, column, c)] *
                       weights[index({1, shape.kernel_h, shape.kernel_w, shape.in.c}, 0, r, s, c)];
              }
            const auto channel = static_cast<std::size_t>(c);
            exact[index(out, n, y, x, c)] = apply(epilogue.clamp, sum * multiplier[channel] + bias[channel]) /
                                            static_cast<double>(epilogue.scale);
          }
    ASSERT_EQ(depthwise(from.get(), filters.get(), to.get(), type, epilogue, shape, nullptr), cudaSuccess);
    expect_near(type, to.read(), exact, 10);
  }
}

TEST(KernelShapes, ThatMakeNoSenseAreRefusedBeforeAnythingIsLaunched) {
  float* const none = nullptr;
  EXPECT_EQ(nchw_to_nhwc(none, none, Element::f16, 1, Edge{1, 3, 8, 8, 2}, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(nchw_to_nhwc(none, none, Element::s8, 0, Edge{1, 3, 8, 8, 4}, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(nhwc_to_nchw(none, Element::s8, 1, none, Edge{0, 3, 8, 8, 4}, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(space_to_depth(none, none, Element::f16, 1, SpaceToDepth{.stored_c = 8}, nullptr),
            cudaErrorInvalidValue);
  EXPECT_EQ(max_pool(none, none, Element::f16, Pool{.stride_h = 0}, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(average_pool(none, none, Element::f16, {.in = -1}, Pool{}, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(global_average_pool(none, Element::f16, none, Element::s8, {}, Nhwc{}, nullptr),
            cudaErrorInvalidValue);
  EXPECT_EQ(add(none, none, none, Element::f16, {}, kNoClamp, 0, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(convert(none, Element::f16, none, Element::s8, {.out = 0}, kNoClamp, 8, nullptr),
            cudaErrorInvalidValue);
  EXPECT_EQ(copy_channels(none, none, Element::f16, {}, {.c = 8, .out_c = 8, .offset = 1}, nullptr),
            cudaErrorInvalidValue);
  EXPECT_EQ(finish(none, none, Element::f16, {.scale = 0}, {}, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(depthwise(none, none, none, Element::f16, {}, Depthwise{.pad_top = -1}, nullptr),
            cudaErrorInvalidValue);
}

}  // namespace
}  // namespace deepgap::engines::cudnn::kernels

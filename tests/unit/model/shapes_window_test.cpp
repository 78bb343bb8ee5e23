#include <gtest/gtest.h>

#include "deepgap/model/window.hpp"
#include "graphs.hpp"

// Where windows lie, against counts made by walking over the padded input.
namespace deepgap::model {
namespace {

WindowAxis pool_1d(std::int64_t input, Attributes attributes) {
  const auto window = pool_window(node("MaxPool", {"x"}, {"y"}, std::move(attributes)), Shape{1, 1, input});
  EXPECT_TRUE(window) << (window ? "" : window.error().message());
  return window ? window->at(0) : WindowAxis{};
}

bool refused(Attributes attributes, Shape input = {1, 1, 8}) {
  return !pool_window(node("MaxPool", {"x"}, {"y"}, std::move(attributes)), input);
}

// Windows that start inside the input or its begin padding; all fit unless ceil_mode lets the last one hang
// over.
std::int64_t count_windows(std::int64_t input, const WindowAxis& axis, bool ceil_mode) {
  const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  std::int64_t count = 0;
  for (std::int64_t start = -axis.pad_begin; start < input + axis.pad_end; start += axis.stride) {
    const bool fits = start + reach <= input + axis.pad_end;
    const bool new_cells = start - axis.stride + reach < input + axis.pad_end;
    if (fits || (ceil_mode && start < input && new_cells)) ++count;
  }
  return count;
}

TEST(PoolWindow, CountsAsManyWindowsAsAWalkFinds) {
  for (std::int64_t input = 3; input < 12; ++input)
    for (std::int64_t kernel = 1; kernel < 4; ++kernel)
      for (std::int64_t stride = 1; stride < 5; ++stride)
        for (std::int64_t pads = 0; pads < 4; ++pads)
          for (const bool ceil_mode : {false, true}) {
            const std::int64_t begin = std::min(pads / 2, kernel - 1);
            const std::int64_t end = std::min(pads - pads / 2, kernel - 1);
            const WindowAxis axis = pool_1d(input, {{"kernel_shape", Ints{kernel}},
                                                    {"strides", Ints{stride}},
                                                    {"pads", Ints{begin, end}},
                                                    {"ceil_mode", std::int64_t{ceil_mode}}});
            EXPECT_EQ(axis.output, count_windows(input, axis, ceil_mode))
                << input << ' ' << kernel << ' ' << stride << ' ' << begin << ' ' << end << ' ' << ceil_mode;
          }
}

TEST(PoolWindow, DropsAWindowThatWouldStartInTheEndPadding) {
  const Attributes settings{
      {"kernel_shape", Ints{3}}, {"strides", Ints{3}}, {"pads", Ints{1, 1}}, {"ceil_mode", std::int64_t{1}}};
  EXPECT_EQ(pool_1d(2, settings).output, 1);
  EXPECT_EQ(pool_1d(3, settings).output, 2);
}

TEST(PoolWindow, PadsTheOddCellAtTheEndForSameUpperAndAtTheStartForSameLower) {
  const WindowAxis upper =
      pool_1d(6, {{"kernel_shape", Ints{3}}, {"strides", Ints{2}}, {"auto_pad", std::string{"SAME_UPPER"}}});
  EXPECT_EQ(upper.output, 3);
  EXPECT_EQ(upper.pad_begin, 0);
  EXPECT_EQ(upper.pad_end, 1);
  const WindowAxis lower =
      pool_1d(6, {{"kernel_shape", Ints{3}}, {"strides", Ints{2}}, {"auto_pad", std::string{"SAME_LOWER"}}});
  EXPECT_EQ(lower.pad_begin, 1);
  EXPECT_EQ(lower.pad_end, 0);
  const WindowAxis valid =
      pool_1d(6, {{"kernel_shape", Ints{3}}, {"strides", Ints{2}}, {"auto_pad", std::string{"VALID"}}});
  EXPECT_EQ(valid.output, 2);
}

TEST(PoolWindow, RefusesSettingsThatMakeNoSense) {
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{0}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{3, 3}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{9}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}, {"strides", Ints{0}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}, {"strides", Ints{1, 1}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}, {"dilations", Ints{-1}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}, {"pads", Ints{1}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}, {"pads", Ints{-1, 0}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}, {"pads", Ints{2, 0}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}, {"auto_pad", std::string{"SAME"}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{std::int64_t{1} << 40}}}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{2}}}, {1, 8}));
  EXPECT_TRUE(refused({{"kernel_shape", Ints{1}}}, {1, 1, 0}));
}

TEST(ConvWindow, SettlesDilationsAndUnequalPads) {
  const Node conv = node("Conv", {"x", "w"}, {"y"},
                         {{"dilations", Ints{2, 1}}, {"pads", Ints{0, 1, 2, 3}}, {"strides", Ints{1, 2}}});
  const auto window = conv_window(conv, Shape{1, 3, 9, 10}, Shape{4, 3, 3, 3});
  ASSERT_TRUE(window) << window.error().message();
  EXPECT_EQ(window->at(0).output, 9 + 2 - 5 + 1);
  EXPECT_EQ(window->at(1).output, (10 + 4 - 3) / 2 + 1);
  EXPECT_EQ(window->at(1).pad_begin, 1);
  EXPECT_EQ(window->at(1).pad_end, 3);
}

TEST(ConvWindow, RefusesAKernelShapeThatIsNotTheWeights) {
  const Node conv = node("Conv", {"x", "w"}, {"y"}, {{"kernel_shape", Ints{5, 5}}});
  EXPECT_FALSE(conv_window(conv, Shape{1, 3, 9, 10}, Shape{4, 3, 3, 3}));
  EXPECT_FALSE(conv_window(node("Conv", {}, {}), Shape{1, 3, 9}, Shape{4, 3, 3, 3}));
}

TEST(ConvTransposeWindow, UndoesAConvolution) {
  const Shape weight{3, 4, 3};
  const auto plain =
      conv_transpose_window(node("ConvTranspose", {}, {}, {{"strides", Ints{2}}}), Shape{1, 3, 5}, weight);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->at(0).output, 11);
  const auto padded =
      conv_transpose_window(node("ConvTranspose", {}, {},
                                 {{"strides", Ints{2}}, {"pads", Ints{1, 1}}, {"output_padding", Ints{1}}}),
                            Shape{1, 3, 5}, weight);
  ASSERT_TRUE(padded);
  EXPECT_EQ(padded->at(0).output, 10);
  const auto wanted =
      conv_transpose_window(node("ConvTranspose", {}, {}, {{"strides", Ints{2}}, {"output_shape", Ints{10}}}),
                            Shape{1, 3, 5}, weight);
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->at(0).output, 10);
  EXPECT_EQ(wanted->at(0).pad_begin, 1);
  EXPECT_EQ(wanted->at(0).pad_end, 0);
}

}  // namespace
}  // namespace deepgap::model

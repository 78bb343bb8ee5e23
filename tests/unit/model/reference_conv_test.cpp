#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "deepgap/model/random.hpp"
#include "run.hpp"

namespace deepgap::model {
namespace {

struct Axis {
  std::int64_t input, kernel, stride, dilation, begin, end;
  [[nodiscard]] std::int64_t output() const {
    return (input + begin + end - ((kernel - 1) * dilation + 1)) / stride + 1;
  }
};

struct Shapes {
  std::int64_t batch, groups, in_per_group, out_per_group;
  std::vector<Axis> axes;
  bool bias;
};

Shapes random_shapes(Random& random, std::size_t rank) {
  Shapes s{1 + random.below(3), 1 + random.below(3), 1 + random.below(5), 1 + random.below(6), {},
           random.below(2) == 1};
  for (std::size_t i = 0; i < rank; ++i) {
    Axis axis{1 + random.below(12), 1 + random.below(4), 1 + random.below(3), 1 + random.below(2), 0, 0};
    axis.begin = random.below(axis.kernel + 1);
    axis.end = random.below(axis.kernel + 1);
    const std::int64_t lacking = (axis.kernel - 1) * axis.dilation + 1 - axis.input - axis.begin - axis.end;
    if (lacking > 0) axis.input += lacking;
    s.axes.push_back(axis);
  }
  return s;
}

Tensor random_tensor(Shape shape, Random& random) {
  Tensor tensor = make_tensor(DType::f32, std::move(shape));
  for (float& v : tensor.as<float>()) v = static_cast<float>(random.normal());
  return tensor;
}

// By the definition: each output element asks each of its inputs whether it exists. Recursion over the axes.
double naive_sum(const Shapes& s, std::size_t axis, const std::vector<std::int64_t>& out, const float* x,
                 const float* w) {
  if (axis == s.axes.size()) return static_cast<double>(*x) * static_cast<double>(*w);
  std::int64_t x_step = 1, w_step = 1;
  for (std::size_t i = axis + 1; i < s.axes.size(); ++i) {
    x_step *= s.axes[i].input;
    w_step *= s.axes[i].kernel;
  }
  double sum = 0;
  const Axis& a = s.axes[axis];
  for (std::int64_t k = 0; k < a.kernel; ++k) {
    const std::int64_t at = out[axis] * a.stride + k * a.dilation - a.begin;
    if (at >= 0 && at < a.input) sum += naive_sum(s, axis + 1, out, x + at * x_step, w + k * w_step);
  }
  return sum;
}

std::vector<double> naive(const Shapes& s, const Tensor& x, const Tensor& w, const Tensor& b) {
  std::int64_t plane = 1, area = 1, outputs = 1;
  for (const Axis& a : s.axes) {
    plane *= a.input;
    area *= a.kernel;
    outputs *= a.output();
  }
  const std::int64_t channels = s.groups * s.in_per_group, filters = s.groups * s.out_per_group;
  std::vector<double> y;
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t m = 0; m < filters; ++m)
      for (std::int64_t o = 0; o < outputs; ++o) {
        std::vector<std::int64_t> out(s.axes.size());
        std::int64_t rest = o;
        for (std::size_t i = s.axes.size(); i-- > 0; rest /= s.axes[i].output())
          out[i] = rest % s.axes[i].output();
        double sum = s.bias ? static_cast<double>(b.as<float>()[static_cast<std::size_t>(m)]) : 0;
        for (std::int64_t c = 0; c < s.in_per_group; ++c) {
          const std::int64_t channel = m / s.out_per_group * s.in_per_group + c;
          sum += naive_sum(s, 0, out, x.as<float>().data() + (n * channels + channel) * plane,
                           w.as<float>().data() + (m * s.in_per_group + c) * area);
        }
        y.push_back(sum);
      }
  return y;
}

Node conv_node(const Shapes& s) {
  Ints kernel, strides, dilations, pads;
  for (const Axis& a : s.axes) {
    kernel.push_back(a.kernel);
    strides.push_back(a.stride);
    dilations.push_back(a.dilation);
    pads.push_back(a.begin);
  }
  for (const Axis& a : s.axes) pads.push_back(a.end);
  std::vector<std::string> inputs{"x", "w"};
  if (s.bias) inputs.emplace_back("b");
  return node("Conv", inputs, {"y"},
              {{"kernel_shape", kernel},
               {"strides", strides},
               {"dilations", dilations},
               {"pads", pads},
               {"group", s.groups}});
}

void compare_with_naive(std::size_t rank, int cases, std::uint64_t seed) {
  Random random{seed, "conv"};
  for (int i = 0; i < cases; ++i) {
    SCOPED_TRACE(i);
    const Shapes s = random_shapes(random, rank);
    Shape x_shape{s.batch, s.groups * s.in_per_group}, w_shape{s.groups * s.out_per_group, s.in_per_group};
    for (const Axis& a : s.axes) {
      x_shape.push_back(a.input);
      w_shape.push_back(a.kernel);
    }
    const Tensor x = random_tensor(x_shape, random), w = random_tensor(w_shape, random);
    const Tensor b = random_tensor({s.groups * s.out_per_group}, random);
    const auto got = run_floats(x, conv_node(s), {{"w", w}, {"b", b}});
    const auto wanted = naive(s, x, w, b);
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t k = 0; k < got.size(); ++k)
      ASSERT_NEAR(got[k], wanted[k], 1e-5 * (1 + std::abs(wanted[k])));
  }
}

TEST(ReferenceConv, AgreesWithTheDefinitionOnPictures) { compare_with_naive(2, 300, 1); }
TEST(ReferenceConv, AgreesWithTheDefinitionOnLines) { compare_with_naive(1, 150, 2); }
TEST(ReferenceConv, AgreesWithTheDefinitionOnVolumes) { compare_with_naive(3, 60, 3); }

TEST(ReferenceConv, WideRowsAndManyChannelsFillSeveralTiles) {
  Random random{5, "wide"};
  const Shapes s{1, 1, 3, 9, {{4, 3, 1, 1, 1, 1}, {37, 3, 2, 1, 1, 1}}, true};
  const Tensor x = random_tensor({1, 3, 4, 37}, random), w = random_tensor({9, 3, 3, 3}, random);
  const Tensor b = random_tensor({9}, random);
  const auto got = run_floats(x, conv_node(s), {{"w", w}, {"b", b}});
  const auto wanted = naive(s, x, w, b);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t k = 0; k < got.size(); ++k) EXPECT_NEAR(got[k], wanted[k], 1e-4);
}

TEST(ReferenceConv, NaNSpreadsToEveryWindowThatSeesItAndNoFurther) {
  Tensor x = floats({1, 1, 5, 5}, std::vector<float>(25, 1));
  x.as<float>()[12] = std::numeric_limits<float>::quiet_NaN();
  const auto y =
      run_floats(x, node("Conv", {"x", "w"}, {"y"}), {{"w", floats({1, 1, 3, 3}, std::vector<float>(9, 1))}});
  for (const float v : y) EXPECT_TRUE(std::isnan(v));
  x.as<float>()[12] = 1;
  x.as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  const auto corner =
      run_floats(x, node("Conv", {"x", "w"}, {"y"}), {{"w", floats({1, 1, 3, 3}, std::vector<float>(9, 1))}});
  EXPECT_TRUE(std::isnan(corner[0]));
  for (std::size_t i = 1; i < 9; ++i) EXPECT_EQ(corner[i], 9);
}

TEST(ReferenceConv, SumsInDoublePrecision) {
  // 1 + 2^-30 summed 2^10 times: float would lose every small part.
  const Tensor x = floats({1, 1024, 1, 1}, std::vector<float>(1024, 1));
  std::vector<float> w(1024, 0x1p-30F);
  w[0] = 1;
  const auto y = run_floats(x, node("Conv", {"x", "w"}, {"y"}), {{"w", floats({1, 1024, 1, 1}, w)}});
  EXPECT_EQ(y.at(0), static_cast<float>(1 + 1023 * 0x1p-30));
}

TEST(ReferenceConv, TransposedIsTheGradientOfTheConvolution) {
  // Stride 2, kernel 3 on [1,2,3]: each input paints 3 outputs, 2 apart.
  const auto y = run_floats(floats({1, 1, 3}, {1, 2, 3}),
                            node("ConvTranspose", {"x", "w"}, {"y"}, {{"strides", Ints{2}}}),
                            {{"w", floats({1, 1, 3}, {1, 10, 100})}});
  EXPECT_EQ(y, (std::vector<float>{1, 10, 102, 20, 203, 30, 300}));
}

TEST(ReferenceConv, TransposedKnowsGroupsPadsAndBias) {
  const auto y = run_floats(
      floats({1, 2, 2}, {1, 2, 3, 4}),
      node("ConvTranspose", {"x", "w", "b"}, {"y"}, {{"group", std::int64_t{2}}, {"pads", Ints{1, 0}}}),
      {{"w", floats({2, 1, 2}, {1, 10, 1, 100})}, {"b", floats({2}, {1000, 2000})}});
  EXPECT_EQ(y, (std::vector<float>{1000 + 10 + 2, 1000 + 20, 2000 + 300 + 4, 2000 + 400}));
}

TEST(ReferenceConv, ImpossiblePaddingIsRefusedNotAllocated) {
  constexpr std::int64_t kHuge = 1 << 30;
  for (const bool rows : {true, false}) {
    const std::int64_t a = rows ? kHuge : 0, b = rows ? 0 : kHuge;
    Graph graph =
        one_node({1, 1, 4, 4},
                 node("Conv", {"x", "w"}, {"y"},
                      {{"pads", Ints{a, b, a, b}},
                       {"strides", Ints{std::max<std::int64_t>(a, 1), std::max<std::int64_t>(b, 1)}}}),
                 {{"w", floats({1, 1, 3, 3}, std::vector<float>(9, 1))}});
    const std::vector<Tensor> inputs{floats({1, 1, 4, 4}, std::vector<float>(16, 1))};
    const auto outputs = run_reference(graph, inputs);
    ASSERT_FALSE(outputs);
    EXPECT_EQ(outputs.error().code(), Errc::unsupported);
  }
}

TEST(ReferenceConv, AStrideThatIsNeverTakenCostsNothing) {
  const auto y = run_floats(floats({1, 1, 1, 2}, {1, 2}),
                            node("Conv", {"x", "w"}, {"y"}, {{"strides", Ints{1 << 30, 1 << 30}}}),
                            {{"w", floats({1, 1, 1, 2}, {10, 100})}});
  EXPECT_EQ(y, (std::vector<float>{210}));
}

}  // namespace
}  // namespace deepgap::model

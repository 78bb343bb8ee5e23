#include "deepgap/engines/cudnn/kernels/gemm.hpp"

#include "device_values.hpp"

namespace deepgap::engines::cudnn::kernels {
namespace {

class Products : public OnDevice {};
INSTANTIATE_TEST_SUITE_P(Types, Products, ::testing::ValuesIn(kElements), element_name);

struct Data {
  explicit Data(const GemmSpec& spec)
      : x{random_values(spec.type, size(spec.rows, spec.in), 1)},
        weights{random_values(spec.type, size(spec.out, spec.in), 2)},
        bias{random_values(Element::f32, size(spec.out, 1), 3)},
        on_device_x{spec.type, x},
        on_device_weights{spec.type, weights},
        on_device_bias{Element::f32, bias} {}
  static std::size_t size(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

  [[nodiscard]] Values exact(const GemmSpec& spec, double multiplier, bool with_bias, Clamp clamp,
                             double scale) const {
    Values y;
    for (std::size_t row = 0; row < static_cast<std::size_t>(spec.rows); ++row)
      for (std::size_t column = 0; column < static_cast<std::size_t>(spec.out); ++column) {
        double sum = 0;
        for (std::size_t k = 0; k < static_cast<std::size_t>(spec.in); ++k)
          sum += x[row * static_cast<std::size_t>(spec.in) + k] *
                 weights[column * static_cast<std::size_t>(spec.in) + k];
        y.push_back(apply(clamp, sum * multiplier + (with_bias ? bias[column] : 0)) / scale);
      }
    return y;
  }
  Values x, weights, bias;
  DeviceValues on_device_x, on_device_weights, on_device_bias;
};

TEST_P(Products, OfEveryShapeAreRightWhoeverMakesThem) {
  const Element type = GetParam();
  auto library = CublasLt::open();
  ASSERT_TRUE(library) << library.error().message();
  for (const auto [rows, in, out] :
       {std::array{1, 512, 1000}, std::array{7, 2048, 1000}, std::array{16, 64, 10}, std::array{3, 30, 7}})
    for (const bool to_f32 : {true, false}) {
      const GemmSpec spec{
          .type = type, .rows = rows, .in = in, .out = out, .out_type = to_f32 ? Element::f32 : type};
      auto plan = library->plan(spec);
      ASSERT_TRUE(plan) << plan.error().message();
      const Data data{spec};
      const bool quantised = type == Element::s8 || type == Element::e4m3;
      const double factor = rounded(Element::f32, 1e-4);
      const DeviceValues multiplier{Element::f32, Values(static_cast<std::size_t>(out), factor)};
      const Epilogue epilogue{.multiplier = quantised ? multiplier.floats() : nullptr,
                              .bias = data.on_device_bias.floats(),
                              .clamp = kRelu,
                              .scale = scale_for(spec.out_type, 0.1F)};
      const DeviceValues y{spec.out_type, Data::size(rows, out)};
      const DeviceBytes workspace{plan->workspace_bytes() + 1};
      const auto status =
          plan->run({data.on_device_x.get(), data.on_device_weights.get(), y.get(), workspace.get()},
                    epilogue, nullptr);
      ASSERT_TRUE(status) << status.error().message();
      expect_near(spec.out_type, y.read(),
                  data.exact(spec, quantised ? factor : 1, true, kRelu, static_cast<double>(epilogue.scale)),
                  50);
    }
}

TEST_P(Products, WithTheirBiasFusedAreTheSame) {
  const Element type = GetParam();
  if (type == Element::s8) GTEST_SKIP() << "s8 needs a multiplier";
  auto library = CublasLt::open();
  ASSERT_TRUE(library) << library.error().message();
  const GemmSpec spec{.type = type, .rows = 5, .in = 512, .out = 1000, .fuse_bias = true};
  auto plan = library->plan(spec);
  ASSERT_TRUE(plan) << plan.error().message();
  const Data data{spec};
  const DeviceValues y{Element::f32, Data::size(5, 1000)};
  const DeviceBytes workspace{plan->workspace_bytes() + 1};
  const GemmOperands operands{data.on_device_x.get(), data.on_device_weights.get(), y.get(), workspace.get()};
  ASSERT_TRUE(plan->run(operands, {.bias = data.on_device_bias.floats()}, nullptr));
  const double unit = type == Element::e4m3 ? 64 : 1;
  expect_near(Element::f32, y.read(), data.exact(spec, 1, true, kNoClamp, 1), 50 * unit);
}

TEST_P(Products, TakeAnEarlierChoiceAndNoNonsense) {
  const Element type = GetParam();
  auto library = CublasLt::open();
  ASSERT_TRUE(library) << library.error().message();
  const GemmSpec spec{.type = type, .rows = 8, .in = 256, .out = 64};
  auto first = library->plan(spec);
  ASSERT_TRUE(first) << first.error().message();
  auto second = library->plan(spec, first->choice());
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(second->choice(), first->choice());
  if (!first->plain()) {
    EXPECT_EQ(second->measured_ms(), 0);
  }
  for (const std::string nonsense : {"p", "pzz", "b0", "lt", "p0000"}) {
    auto plan = library->plan(spec, nonsense);
    ASSERT_TRUE(plan) << plan.error().message();
    EXPECT_EQ(plan->plain(), first->plain());
  }
}

class ProductsOfFloats : public OnCard {};
TEST_F(ProductsOfFloats, InTf32AreLessExactThanInF32) {
  if (capability < 80) GTEST_SKIP() << "tf32 needs compute capability 8.0";
  auto library = CublasLt::open();
  ASSERT_TRUE(library) << library.error().message();
  for (const bool tf32 : {false, true}) {
    const GemmSpec spec{.type = Element::f32, .tf32 = tf32, .rows = 64, .in = 2048, .out = 1000};
    auto plan = library->plan(spec);
    ASSERT_TRUE(plan) << plan.error().message();
    const Data data{spec};
    const DeviceValues y{Element::f32, Data::size(64, 1000)};
    const DeviceBytes workspace{plan->workspace_bytes() + 1};
    const GemmOperands operands{data.on_device_x.get(), data.on_device_weights.get(), y.get(),
                                workspace.get()};
    ASSERT_TRUE(plan->run(operands, {}, nullptr));
    const auto exact = data.exact(spec, 1, false, kNoClamp, 1), got = y.read();
    double error = 0, power = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      error += (got[i] - exact[i]) * (got[i] - exact[i]);
      power += exact[i] * exact[i];
    }
    const double relative = std::sqrt(error / power);
    EXPECT_LT(relative, tf32 ? 2e-3 : 1e-5);
    if (tf32) {
      EXPECT_GT(relative, 1e-5);
    }
  }
}

}  // namespace
}  // namespace deepgap::engines::cudnn::kernels

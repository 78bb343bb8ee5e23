#include "deepgap/engines/cudnn/kernels/stem.hpp"

#include "device_values.hpp"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr Element kStemTypes[] = {Element::f16, Element::bf16, Element::s8};
class StemKernel : public OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    if (!IsSkipped() && !stem_runs(GetParam(), capability)) GTEST_SKIP() << "not on " << capability;
  }
};
INSTANTIATE_TEST_SUITE_P(Types, StemKernel, ::testing::ValuesIn(kStemTypes), element_name);

std::size_t size(int value) { return static_cast<std::size_t>(value); }

// Whatever a stem is made of, and its truth.
struct Case {
  Element type;
  Stem shape;
  float in_scale, out_scale;
  Clamp clamp;
  Values in, weights, multiplier, bias;
};

Case random_case(Element type, const Stem& shape, Clamp clamp = {0, 6}) {
  const bool whole = type == Element::s8;
  Case made{type,
            shape,
            scale_for(type, 0.02F),
            scale_for(type, 0.03F),
            clamp,
            random_values(Element::f32, 3 * size(shape.n) * size(shape.h) * size(shape.w), 21, 2),
            random_values(type, 64 * 3 * 49, 22, whole ? 3 : 0.2),
            Values(64),
            random_values(Element::f32, 64, 24)};
  for (std::size_t k = 0; k < 64; ++k)
    made.multiplier[k] = rounded(Element::f32, whole ? 0.0005 + 0.00001 * static_cast<double>(k) : 1.0);
  return made;
}

// [n][conv_h][conv_w][64], clamped, real numbers. The input is divided in f32, as QuantizeLinear has it.
Values convolved(const Case& of) {
  const Stem& s = of.shape;
  const Nhwc planes{s.n, 3, s.h, s.w}, out{s.n, s.conv_h(), s.conv_w(), 64};
  Values stored(of.in.size()), result(count_of(out));
  for (std::size_t i = 0; i < stored.size(); ++i)
    stored[i] = rounded(of.type, static_cast<double>(static_cast<float>(of.in[i]) / of.in_scale));
  for (int n = 0; n < s.n; ++n)
    for (int y = 0; y < out.h; ++y)
      for (int x = 0; x < out.w; ++x)
        for (int k = 0; k < 64; ++k) {
          double sum = 0;
          for (int c = 0; c < 3; ++c)
            for (int r = std::max(0, 3 - 2 * y); r < std::min(7, s.h + 3 - 2 * y); ++r)
              for (int q = std::max(0, 3 - 2 * x); q < std::min(7, s.w + 3 - 2 * x); ++q)
                sum += stored[index(planes, n, c, 2 * y - 3 + r, 2 * x - 3 + q)] *
                       of.weights[index({64, 3, 7, 7}, k, c, r, q)];
          result[index(out, n, y, x, k)] = apply(of.clamp, sum * of.multiplier[size(k)] + of.bias[size(k)]);
        }
  return result;
}

Values pooled(const Case& of, const Values& conv) {
  const Stem& s = of.shape;
  const Nhwc in{s.n, s.conv_h(), s.conv_w(), 64}, out{s.n, s.out_h(), s.out_w(), 64};
  Values result(count_of(out));
  for (int n = 0; n < s.n; ++n)
    for (int y = 0; y < out.h; ++y)
      for (int x = 0; x < out.w; ++x)
        for (int k = 0; k < 64; ++k) {
          double best = -1e30;
          for (int row = std::max(0, 2 * y - 1); row < std::min(in.h, 2 * y + 2); ++row)
            for (int column = std::max(0, 2 * x - 1); column < std::min(in.w, 2 * x + 2); ++column)
              best = std::max(best, conv[index(in, n, row, column, k)]);
          result[index(out, n, y, x, k)] = best;
        }
  return result;
}

Values exact(const Case& of) {
  Values values = convolved(of);
  if (of.shape.pool) values = pooled(of, values);
  for (double& value : values) value /= static_cast<double>(of.out_scale);
  return values;
}

Values run(const Case& of) {
  const Stem& s = of.shape;
  const auto packed = pack_stem_weights(of.type, std::vector<float>(of.weights.begin(), of.weights.end()));
  const DeviceBytes weights{packed};
  const DeviceValues in{Element::f32, of.in}, multiplier{Element::f32, of.multiplier},
      bias{Element::f32, of.bias}, out{of.type, count_of({s.n, s.out_h(), s.out_w(), 64})};
  const Epilogue epilogue{of.type == Element::s8 ? multiplier.floats() : nullptr, bias.floats(), of.clamp,
                          of.out_scale};
  EXPECT_EQ(stem(in.floats(), of.in_scale, weights.get(), out.get(), of.type, epilogue, s, nullptr),
            cudaSuccess);
  return out.read();
}

// A bf16 number has 8 bits: half a step is up to 2^-8 of it.
void expect_result(Element type, const Values& got, const Values& want) {
  constexpr double kMagnitude = 10;
  if (type != Element::bf16) return expect_near(type, got, want, kMagnitude);
  ASSERT_EQ(got.size(), want.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    wrong += std::abs(got[i] - want[i]) > std::abs(want[i]) * std::ldexp(1.0, -8) + kMagnitude * 1e-6 ? 1 : 0;
  EXPECT_EQ(wrong, 0U) << "of " << got.size();
}

TEST_P(StemKernel, ConvolvesAndPoolsImagesOfAnySize) {
  for (const bool pool : {true, false})
    for (const Stem& shape :
         {Stem{1, 17, 23, pool}, Stem{3, 17, 23, pool}, Stem{1, 1, 1, pool}, Stem{2, 34, 18, pool},
          Stem{1, 5, 452, pool}, Stem{1, 96, 7, pool}, Stem{3, 31, 64, pool}}) {
      SCOPED_TRACE(::testing::Message()
                   << shape.n << " of " << shape.h << " x " << shape.w << (pool ? " with pool" : ""));
      const Case of = random_case(GetParam(), shape);
      expect_result(GetParam(), run(of), exact(of));
    }
}

TEST_P(StemKernel, ConvolvesAndPoolsTheImagesOfAResNet) {
  for (const Stem& shape : {Stem{1, 224, 224, true}, Stem{3, 224, 224, true}, Stem{1, 224, 224, false}}) {
    const Case of = random_case(GetParam(), shape, kRelu);
    expect_result(GetParam(), run(of), exact(of));
  }
}

TEST_P(StemKernel, GivesEveryImageOfALargeBatchItsOwn) {
  const Stem one{1, 40, 44}, many{400, 40, 44};
  Case of = random_case(GetParam(), many);
  const auto all = run(of);
  const std::size_t in = of.in.size() / 400, out = all.size() / 400;
  for (const std::size_t image : {std::size_t{0}, std::size_t{197}, std::size_t{399}}) {
    Case alone = of;
    alone.shape = one;
    const auto from = [&](const Values& values, std::size_t count) {
      return Values(values.begin() + static_cast<std::ptrdiff_t>(image * count),
                    values.begin() + static_cast<std::ptrdiff_t>((image + 1) * count));
    };
    alone.in = from(of.in, in);
    EXPECT_EQ(from(all, out), run(alone));
  }
}

TEST_P(StemKernel, ClampsOnBothSidesAndNotAtAll) {
  for (const Clamp clamp : {kNoClamp, Clamp{-0.25F, 0.5F}, Clamp{0.125F, 0.125F}}) {
    const Case of = random_case(GetParam(), {1, 20, 30}, clamp);
    expect_result(GetParam(), run(of), exact(of));
  }
}

TEST_P(StemKernel, SaturatesAndKeepsNanOutOfWholeNumbers) {
  Case of = random_case(GetParam(), {1, 16, 16}, kNoClamp);
  if (GetParam() != Element::s8) {
    of.in[0] = std::nan("");
    const auto out = run(of);
    for (std::size_t k = 0; k < 64; ++k) EXPECT_TRUE(std::isnan(out[k]));
    EXPECT_FALSE(std::isnan(out.back()));
    return;
  }
  of.in[0] = std::numeric_limits<double>::infinity();
  of.in[40] = -1e30;
  const auto want = exact(of);
  Case with_nan = of;
  with_nan.in[100] = 0;
  const auto zero = run(with_nan);
  with_nan.in[100] = std::nan("");
  EXPECT_EQ(run(with_nan), zero);
  expect_result(Element::s8, run(of), want);
  of.multiplier.assign(64, 1e30);
  expect_result(Element::s8, run(of), exact(of));
}

TEST(StemShapes, ThatMakeNoSenseAreRefusedBeforeAnythingIsLaunched) {
  const Epilogue scaled{.multiplier = reinterpret_cast<const float*>(16)};
  const auto refused = [](Element type, const Epilogue& epilogue, const Stem& shape, float in_scale = 1) {
    return stem(nullptr, in_scale, nullptr, nullptr, type, epilogue, shape, nullptr) == cudaErrorInvalidValue;
  };
  EXPECT_TRUE(refused(Element::f16, {}, {0, 224, 224}));
  EXPECT_TRUE(refused(Element::f16, {}, {1, 1 << 30, 224}));
  EXPECT_TRUE(refused(Element::f16, scaled, {}));
  EXPECT_TRUE(refused(Element::f32, {}, {}));
  EXPECT_TRUE(refused(Element::s8, {.scale = 0}, {}));
  EXPECT_TRUE(refused(Element::s8, {}, {}, -1));
}

TEST(StemShapes, RunWhereTensorCoresTakeTheirTypes) {
  for (const Element type : kStemTypes) {
    EXPECT_FALSE(stem_runs(type, 75));
    EXPECT_TRUE(stem_runs(type, 80));
    EXPECT_TRUE(stem_runs(type, 90));
  }
  EXPECT_FALSE(stem_runs(Element::f32, 90));
}

}  // namespace
}  // namespace deepgap::engines::cudnn::kernels

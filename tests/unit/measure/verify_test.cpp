#include "deepgap/measure/verify.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

namespace deepgap::measure {
namespace {

using testing::HasSubstr;

template <class T>
Tensor tensor_of(DType dtype, std::vector<T> values) {
  Tensor tensor = make_tensor(dtype, {static_cast<std::int64_t>(values.size())});
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

Tensor floats(std::vector<float> values) { return tensor_of(DType::f32, std::move(values)); }

Verdict check(const Tensor& golden, const Tensor& actual, Precision precision = Precision::fp32) {
  return verify(golden, actual.bytes, actual.dtype, precision);
}

TEST(Verify, EqualOutputsPass) { EXPECT_TRUE(check(floats({1, -2, 3}), floats({1, -2, 3})).pass); }

TEST(Verify, TheErrorIsMeasuredAgainstTheLargestValueNotEachOwn) {
  EXPECT_TRUE(check(floats({1000, 0}), floats({1000, 0.05F})).pass);
  EXPECT_FALSE(check(floats({1, 0}), floats({1, 0.05F})).pass);
}

TEST(Verify, WhatIsAllowedDependsOnThePrecisionThatRan) {
  EXPECT_FALSE(check(floats({1, 0}), floats({1.01F, 0}), Precision::fp32).pass);
  EXPECT_TRUE(check(floats({1, 0}), floats({1.01F, 0}), Precision::bf16).pass);
}

TEST(Verify, NaNNeverPasses) {
  const Verdict verdict = check(floats({1, 2}), floats({1, std::nanf("")}), Precision::fp16);
  EXPECT_FALSE(verdict.pass);
  EXPECT_TRUE(verdict.non_finite);
  EXPECT_THAT(verdict.detail, HasSubstr("1 of 2"));
}

TEST(Verify, InfinityMustBeWhereTheReferenceHasIt) {
  const float inf = HUGE_VALF;
  EXPECT_TRUE(check(floats({inf, 1}), floats({inf, 1})).pass);
  EXPECT_FALSE(check(floats({inf, 1}), floats({-inf, 1})).pass);
  EXPECT_FALSE(check(floats({3, 1}), floats({inf, 1})).pass);
}

TEST(Verify, AnAllZeroReferenceComparesTheErrorItself) {
  EXPECT_TRUE(check(floats({0, 0}), floats({0, 1e-6F})).pass);
  EXPECT_FALSE(check(floats({0, 0}), floats({0, 1})).pass);
}

TEST(Verify, ABatchRepeatsTheGoldenSamples) {
  EXPECT_TRUE(check(floats({1, 2}), floats({1, 2, 1, 2, 1, 2})).pass);
  EXPECT_FALSE(check(floats({1, 2}), floats({1, 2, 1, 2, 1, 3})).pass);
}

TEST(Verify, AnotherSizeIsWrong) {
  EXPECT_THAT(check(floats({1, 2}), floats({1, 2, 3})).detail, HasSubstr("wrong output size"));
  EXPECT_FALSE(check(floats({1, 2}), floats({})).pass);
}

TEST(Verify, IntegersMustBeEqual) {
  const Tensor golden = tensor_of<std::int64_t>(DType::i64, {1, 2});
  EXPECT_TRUE(check(golden, golden).pass);
  EXPECT_FALSE(check(golden, tensor_of<std::int64_t>(DType::i64, {1, 3}), Precision::int8).pass);
}

TEST(Element, ReadsHalfPrecisions) {
  const Tensor half = tensor_of<std::uint16_t>(DType::f16, {0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00});
  EXPECT_DOUBLE_EQ(element(half.bytes, DType::f16, 0), 1);
  EXPECT_DOUBLE_EQ(element(half.bytes, DType::f16, 1), -2);
  EXPECT_DOUBLE_EQ(element(half.bytes, DType::f16, 2), std::ldexp(1, -24));
  EXPECT_TRUE(std::isinf(element(half.bytes, DType::f16, 3)));
  EXPECT_TRUE(std::isnan(element(half.bytes, DType::f16, 4)));
  const Tensor brain = tensor_of<std::uint16_t>(DType::bf16, {0x3f80, 0xc040});
  EXPECT_DOUBLE_EQ(element(brain.bytes, DType::bf16, 0), 1);
  EXPECT_DOUBLE_EQ(element(brain.bytes, DType::bf16, 1), -3);
  const Tensor eight = tensor_of<std::uint8_t>(DType::f8e4m3, {0x38, 0x7e, 0x7f, 0x01});
  EXPECT_DOUBLE_EQ(element(eight.bytes, DType::f8e4m3, 0), 1);
  EXPECT_DOUBLE_EQ(element(eight.bytes, DType::f8e4m3, 1), 448);
  EXPECT_TRUE(std::isnan(element(eight.bytes, DType::f8e4m3, 2)));
  EXPECT_DOUBLE_EQ(element(eight.bytes, DType::f8e4m3, 3), std::ldexp(1, -9));
}

}  // namespace
}  // namespace deepgap::measure

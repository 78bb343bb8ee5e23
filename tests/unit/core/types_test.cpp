#include "deepgap/core/types.hpp"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace deepgap {
namespace {

TEST(Types, ReadBackEveryNameTheyWrite) {
  for (const DType type : kAllDTypes) EXPECT_EQ(dtype_from(name(type)), type);
  for (const Precision precision : kAllPrecisions) EXPECT_EQ(precision_from(name(precision)), precision);
  EXPECT_EQ(int8_activations_from("u8"), Int8Activations::u8);
  EXPECT_EQ(dtype_from("float"), std::nullopt);
  EXPECT_EQ(precision_from("FP32"), std::nullopt);
  EXPECT_EQ(int8_activations_from(""), std::nullopt);
}

TEST(Types, KnowTheSizeOfAnElement) {
  EXPECT_EQ(size_of(DType::f32), 4u);
  EXPECT_EQ(size_of(DType::bf16), 2u);
  EXPECT_EQ(size_of(DType::boolean), 1u);
  EXPECT_EQ(size_of(DType::u64), 8u);
}

TEST(ElementCount, MultipliesTheDimensions) {
  EXPECT_EQ(element_count(Shape{2, 3, 4}), 24);
  EXPECT_EQ(element_count(Shape{}), 1);
  EXPECT_EQ(element_count(Shape{5, 0}), 0);
}

TEST(ElementCount, IsAbsentForNegativeOrHugeShapes) {
  constexpr auto kHuge = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(element_count(Shape{-1, 3}), std::nullopt);
  EXPECT_EQ(element_count(Shape{kHuge, kHuge}), std::nullopt);
  EXPECT_EQ(element_count(Shape{11}, 10), std::nullopt);
}

TEST(Shapes, PrintAsLists) {
  EXPECT_EQ(to_string(Shape{1, 3, 224, 224}), "[1,3,224,224]");
  EXPECT_EQ(to_string(Shape{}), "[]");
}

TEST(Tensor, IsZeroFilledAndSizedByItsShape) {
  Tensor tensor = make_tensor(DType::f32, {2, 3});
  ASSERT_EQ(tensor.as<float>().size(), 6u);
  EXPECT_EQ(tensor.as<float>()[5], 0.0F);
  tensor.as<float>()[5] = 2.0F;
  EXPECT_NE(tensor, make_tensor(DType::f32, {2, 3}));
}

}  // namespace
}  // namespace deepgap

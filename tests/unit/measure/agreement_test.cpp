#include "deepgap/measure/agreement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace deepgap::measure {
namespace {

Tensor logits(std::int64_t samples, std::int64_t classes, std::vector<float> values) {
  Tensor tensor = make_tensor(DType::f32, {samples, classes});
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

TEST(Agreement, CountsSamplesWithTheSameLargestClass) {
  const Tensor baseline = logits(4, 2, {1, 0, 1, 0, 0, 1, 0, 1});
  const Tensor other = logits(4, 2, {2, 0, 0, 2, 0, 2, 0, 2});
  const auto agreed = agreement(baseline, other);
  ASSERT_TRUE(agreed && agreed->top1);
  EXPECT_EQ(agreed->samples, 4);
  EXPECT_DOUBLE_EQ(agreed->top1->value, 0.75);
  EXPECT_LT(*agreed->top1->lo, 0.75);
  EXPECT_GT(*agreed->top1->hi, 0.75);
}

TEST(Agreement, FullAgreementOfFewSamplesDoesNotClaimCertainty) {
  const Tensor same = logits(4, 2, {1, 0, 1, 0, 0, 1, 0, 1});
  const auto agreed = agreement(same, same);
  ASSERT_TRUE(agreed && agreed->top1);
  EXPECT_DOUBLE_EQ(agreed->top1->value, 1);
  EXPECT_LT(*agreed->top1->lo, 0.6);
  EXPECT_FALSE(agreed->sqnr_db) << "equal outputs have no noise to take a ratio with";
}

TEST(Agreement, SqnrIsSignalOverNoiseInDecibels) {
  const auto agreed = agreement(logits(1, 2, {10, 0}), logits(1, 2, {11, 0}));
  ASSERT_TRUE(agreed && agreed->sqnr_db);
  EXPECT_NEAR(*agreed->sqnr_db, 20, 1e-9);
}

TEST(Agreement, IsAbsentForDifferentShapesAndForNaN) {
  EXPECT_FALSE(agreement(logits(1, 2, {1, 0}), logits(2, 1, {1, 0})));
  EXPECT_FALSE(agreement(logits(1, 2, {1, 0}), logits(1, 2, {1, std::nanf("")})));
}

}  // namespace
}  // namespace deepgap::measure

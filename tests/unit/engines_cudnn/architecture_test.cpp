#include "deepgap/engines/cudnn/architecture.hpp"

#include <gmock/gmock.h>

namespace deepgap::engines::cudnn {
namespace {

using ::testing::ElementsAreArray;
using enum Precision;

std::vector<Precision> precisions(int capability) {
  const auto list = architecture_of(capability)->precisions;
  return {list.begin(), list.end()};
}

TEST(Architecture, TuringHasNoBf16Tf32AndFp8AndNoRunTimeFusion) {
  EXPECT_THAT(precisions(75), ElementsAreArray({fp32, fp16, int8}));
  EXPECT_FALSE(architecture_of(75)->runtime_fusion);
}

TEST(Architecture, AmpereAndAdaFuseAtRunTimeWithoutFp8) {
  for (const int capability : {80, 86, 89}) {
    EXPECT_THAT(precisions(capability), ElementsAreArray({fp32, tf32, fp16, bf16, int8})) << capability;
    EXPECT_TRUE(architecture_of(capability)->runtime_fusion);
  }
}

TEST(Architecture, HopperAndWhatComesLaterHaveAll) {
  for (const int capability : {90, 100, 120, 200})
    EXPECT_THAT(precisions(capability), ElementsAreArray({fp32, tf32, fp16, bf16, int8, fp8})) << capability;
}

TEST(Architecture, OlderThanTuringIsNotThere) {
  for (const int capability : {0, 61, 70, 72}) EXPECT_EQ(architecture_of(capability), nullptr) << capability;
}

}  // namespace
}  // namespace deepgap::engines::cudnn

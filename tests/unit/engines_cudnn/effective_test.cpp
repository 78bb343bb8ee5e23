#include "deepgap/engines/cudnn/effective.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace deepgap::engines::cudnn {
namespace {

TEST(Evidence, IsWhatMostLayersRunInAndSaysWhatTheRestDoes) {
  const std::vector<Arithmetic> layers{{Precision::int8, "cuDNN"},
                                       {Precision::int8, "cuDNN"},
                                       {Precision::int8, "cuBLASLt"},
                                       {Precision::fp32, "cuDNN"}};
  const Evidence evidence = evidence_of(layers);
  EXPECT_EQ(evidence.precision, Precision::int8);
  EXPECT_EQ(evidence.sentence,
            "3 of 4 convolutions and matrix products run in int8 (1 cuBLASLt, 2 cuDNN), 1 in fp32 (1 cuDNN)");
}

TEST(Evidence, IsAbsentWithoutAnyArithmetic) {
  EXPECT_EQ(evidence_of({}).precision, std::nullopt);
  EXPECT_FALSE(evidence_of({}).sentence.empty());
}

}  // namespace
}  // namespace deepgap::engines::cudnn

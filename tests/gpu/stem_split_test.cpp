#include "deepgap/engines/cudnn/kernels/stem_split.hpp"

#include <gtest/gtest.h>

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr int kProcessors = 132;
int three(const StemSplit& /*split*/) { return 3; }

TEST(StemSplit, CoversTheImageWithoutAnIdleBlock) {
  for (const bool pool : {false, true})
    for (const Stem& shape : {Stem{1, 224, 224, pool}, Stem{3, 17, 23, pool}, Stem{256, 224, 224, pool},
                              Stem{2, 1, 1, pool}, Stem{1, 2000, 3000, pool}}) {
      const auto split = split_stem(shape, kProcessors, three);
      ASSERT_TRUE(split);
      const int rows = (shape.conv_h() + 1) / 2, pairs = (shape.conv_w() + 1) / 2;
      EXPECT_GE(split->rows * split->strips, rows);
      EXPECT_LT(split->rows * (split->strips - 1), rows);
      EXPECT_GE(split->pairs * split->bands, pairs);
      EXPECT_LT(split->pairs * (split->bands - 1), pairs);
      EXPECT_EQ(split->blocks, std::int64_t{shape.n} * split->strips * split->bands);
    }
}

TEST(StemSplit, KeepsRoomForTheColumnBeforeABand) {
  const auto split = split_stem(Stem{4, 448, 448}, kProcessors, three);
  ASSERT_TRUE(split);
  ASSERT_GT(split->bands, 1);
  EXPECT_GE(8 * split->tiles, 2 * split->pairs + 1);
  EXPECT_LE(split->tiles, 15);
}

TEST(StemSplit, GivesEveryMultiprocessorAPartOfOneImageAndFewPartsToMany) {
  EXPECT_GE(split_stem(Stem{}, kProcessors, three)->blocks, 100);
  EXPECT_LE(split_stem(Stem{.n = 256}, kProcessors, three)->strips, 4);
}

TEST(StemSplit, IsAbsentWhereNoBlockFits) {
  EXPECT_FALSE(split_stem(Stem{}, kProcessors, [](const StemSplit&) { return 0; }));
}

}  // namespace
}  // namespace deepgap::engines::cudnn::kernels

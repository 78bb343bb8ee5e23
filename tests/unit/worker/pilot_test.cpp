#include "deepgap/worker/pilot.hpp"

#include <gtest/gtest.h>

namespace deepgap::worker {
namespace {

TEST(PilotSpread, IsAbsentForFewerThanTwoWindows) {
  EXPECT_FALSE(spread_of({}));
  EXPECT_FALSE(spread_of({1.0}));
}

TEST(PilotSpread, IsTheRelativeStandardDeviationOfTheWindowsMeans) {
  EXPECT_DOUBLE_EQ(*spread_of({2.0, 2.0, 2.0}), 0);
  EXPECT_NEAR(*spread_of({0.9, 1.0, 1.1}), 0.1, 1e-12);
}

}  // namespace
}  // namespace deepgap::worker

#include "deepgap/core/timestamp.hpp"

#include <gtest/gtest.h>

namespace deepgap {
namespace {

using std::chrono::milliseconds;
using TimePoint = std::chrono::system_clock::time_point;

TEST(Timestamp, IsUtcInWholeSecondsOrMilliseconds) {
  const TimePoint when{milliseconds{1'763'946'123'045}};
  EXPECT_EQ(rfc3339(when), "2025-11-24T01:02:03Z");
  EXPECT_EQ(rfc3339_ms(when), "2025-11-24T01:02:03.045Z");
}

TEST(Timestamp, IsReadBack) {
  EXPECT_EQ(seconds_of("2025-11-24T01:02:03Z"), 1'763'946'123.0);
  EXPECT_NEAR(*seconds_of("2025-11-24T01:02:03.045Z"), 1'763'946'123.045, 1e-6);
  EXPECT_EQ(seconds_of("1970-01-01T00:00:00Z"), 0.0);
}

TEST(Timestamp, OtherTextsAreNoTime) {
  for (const char* text : {"", "yesterday", "2025-11-24", "2025-11-24T01:02:03", "2025-13-24T01:02:03Z",
                           "2025-11-24T01:02:03Z and more", "2025-11-24T01:02:99Z", "0001-01-01T00:00:00Z"})
    EXPECT_FALSE(seconds_of(text)) << text;
}

}  // namespace
}  // namespace deepgap

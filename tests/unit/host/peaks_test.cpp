#include "deepgap/host/peaks.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace deepgap::host {
namespace {

constexpr std::int64_t kMib = std::int64_t{1} << 20;

TEST(StreamBytes, GoPastTheLargestCache) {
  EXPECT_EQ(stream_bytes(480 * kMib, 32 * 1024 * kMib), 600 * kMib);
  EXPECT_EQ(stream_bytes(8 * kMib, 32 * 1024 * kMib), 64 * kMib);
}

TEST(StreamBytes, AreAbsentWhereTheyWouldTakeTooMuchMemory) {
  EXPECT_FALSE(stream_bytes(480 * kMib, 2000 * kMib));
  EXPECT_FALSE(stream_bytes(1000 * kMib, 1024 * 1024 * kMib));
}

TEST(StreamBytes, AreAbsentWhereCacheOrMemoryIsUnknown) {
  EXPECT_FALSE(stream_bytes(std::nullopt, 1024 * kMib));
  EXPECT_FALSE(stream_bytes(8 * kMib, std::nullopt));
  EXPECT_FALSE(stream_bytes(-1, 1024 * kMib));
  EXPECT_FALSE(stream_bytes(std::numeric_limits<std::int64_t>::max(), 1024 * kMib));
}

TEST(PeaksJson, HasNullForWhatIsAbsent) {
  const auto json = to_json(CpuPeaks{2, 3.1e12, std::nullopt, 8 * kMib});
  EXPECT_EQ(json.at("threads"), 2);
  EXPECT_EQ(json.at("fp32_per_s"), 3.1e12);
  EXPECT_TRUE(json.at("bytes_per_s").is_null());
  EXPECT_EQ(json.at("cache_bytes"), 8 * kMib);
}

}  // namespace
}  // namespace deepgap::host

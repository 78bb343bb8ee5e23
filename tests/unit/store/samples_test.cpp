#include "deepgap/store/samples.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <random>
#include <string>

namespace deepgap::store {
namespace {

using ::testing::HasSubstr;
using Numbers = std::vector<std::int64_t>;

constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();

std::vector<std::byte> encode(const Numbers& latencies, const Numbers& ends) {
  auto bytes = encode_samples(latencies, ends);
  EXPECT_TRUE(bytes) << bytes.error().message();
  return std::move(*bytes);
}

void expect_back(const Numbers& latencies, const Numbers& ends) {
  const auto bytes = encode(latencies, ends);
  const auto series = decode_samples(bytes);
  ASSERT_TRUE(series) << series.error().message();
  EXPECT_EQ(series->latencies_ns, latencies);
  EXPECT_EQ(series->ends_ns, ends);
}

void expect_refused(ConstBytes bytes, const std::string& why) {
  const auto series = decode_samples(bytes);
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code(), Errc::invalid_input);
  EXPECT_THAT(series.error().message(), HasSubstr(why));
}

// A closed loop: a noisy latency and a small gap until the next call.
Series closed_loop(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  Series series;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    series.latencies_ns.push_back(5'000'000 + static_cast<std::int64_t>(random() % 60'000));
    end += series.latencies_ns.back() + 40 + static_cast<std::int64_t>(random() % 32);
    series.ends_ns.push_back(end);
  }
  return series;
}

TEST(Samples, ComeBackWhenThereAreNoneOneOrTwo) {
  expect_back({}, {});
  expect_back({0}, {0});
  expect_back({kHighest}, {kLowest});
  expect_back({-1, 1}, {1, -1});
}

TEST(Samples, ComeBackWithoutEnds) {
  expect_back({5}, {});
  expect_back({5, 4, 3, 1'000'000'000'000}, {});
}

TEST(Samples, ComeBackAtTheLimitsOfTheirType) {
  expect_back({kLowest, kHighest, 0, -1, kHighest, kLowest}, {kHighest, kLowest, kHighest, 0, kLowest, -1});
  expect_back(Numbers(3, kLowest), Numbers(3, kHighest));
}

TEST(Samples, ComeBackAtTheEdgesOfABlock) {
  for (const std::size_t count : {65535U, 65536U, 65537U, 131072U}) {
    const auto series = closed_loop(count, count);
    expect_back(series.latencies_ns, series.ends_ns);
  }
}

TEST(Samples, ComeBackWhateverTheyAre) {
  std::mt19937_64 random{20260102};
  for (int trial = 0; trial < 500; ++trial) {
    Numbers latencies(random() % 300), ends;
    const auto width = random() % 64;
    for (auto& v : latencies) v = static_cast<std::int64_t>(random() >> width) - (trial % 3 == 0 ? 1000 : 0);
    if (trial % 4 != 0) {
      ends.resize(latencies.size());
      for (auto& v : ends) v = static_cast<std::int64_t>(random() >> (random() % 64));
    }
    expect_back(latencies, ends);
  }
}

TEST(Samples, AMillionTakeLessThanThreeAndAHalfBytesEach) {
  const auto series = closed_loop(1'000'000, 1);
  const auto bytes = encode(series.latencies_ns, series.ends_ns);
  EXPECT_LT(bytes.size(), 3'500'000U);
  EXPECT_EQ(*decode_samples(bytes), series);
}

TEST(Samples, ThatAreAllAlikeTakeAlmostNothing) {
  EXPECT_LT(encode(Numbers(1'000'000, 7'000), {}).size(), 200U);
}

TEST(Samples, AreRefusedWhenEndsAreFewer) {
  const auto bytes = encode_samples(Numbers{1, 2}, Numbers{1});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code(), Errc::internal);
}

TEST(DamagedSamples, AreRefusedWhereverTheyEnd) {
  const auto series = closed_loop(200, 3);
  const auto bytes = encode(series.latencies_ns, series.ends_ns);
  for (std::size_t size = 0; size < bytes.size(); ++size) expect_refused({bytes.data(), size}, "damaged");
}

TEST(DamagedSamples, AreRefusedWhicheverBitIsWrong) {
  const auto series = closed_loop(100, 4);
  const auto good = encode(series.latencies_ns, series.ends_ns);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[at] ^= std::byte{1} << bit;
      const auto back = decode_samples(bad);
      // zstd's own header has a few bits that mean nothing; what they leave readable must still be right.
      if (back) {
        EXPECT_EQ(*back, series) << "byte " << at << " bit " << bit;
      }
    }
  }
}

TEST(DamagedSamples, AreRefusedWithSomethingBehindThem) {
  auto bytes = encode({1, 2, 3}, {});
  bytes.push_back(std::byte{0});
  expect_refused(bytes, "something follows");
}

TEST(DamagedSamples, AreRefusedWhenTheCountPromisesMoreOrLess) {
  const auto good = encode({1, 2, 3}, {});
  for (const unsigned count : {0U, 1U, 2U, 4U, 255U}) {
    auto bad = good;
    bad[2] = static_cast<std::byte>(count);
    expect_refused(bad, "damaged");
  }
}

TEST(DamagedSamples, PromisingTheWorldAreRefusedBeforeAnythingIsAllocated) {
  auto bytes = encode({1, 2, 3}, {});
  for (std::size_t i = 2; i < 10; ++i) bytes[i] = std::byte{0xff};
  expect_refused(bytes, "samples promised");
  bytes[5] = std::byte{3};
  for (std::size_t i = 6; i < 10; ++i) bytes[i] = std::byte{0};
  expect_refused(bytes, "damaged");  // 67 million, allowed, but not there
}

TEST(DamagedSamples, OfAnotherVersionSaySo) {
  auto bytes = encode({1}, {});
  bytes[0] = std::byte{9};
  expect_refused(bytes, "version 9");
}

TEST(DamagedSamples, NeverCrashTheReader) {
  std::mt19937_64 random{7};
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<std::byte> bytes(random() % 200);
    for (auto& b : bytes) b = static_cast<std::byte>(random());
    if (trial % 2 == 0 && bytes.size() > 10) {
      bytes[0] = bytes[1] = std::byte{1};
      for (std::size_t i = 4; i < 10; ++i) bytes[i] = std::byte{0};
    }
    EXPECT_FALSE(decode_samples(bytes) && !bytes.empty() && bytes.size() < 10);
  }
}

}  // namespace
}  // namespace deepgap::store

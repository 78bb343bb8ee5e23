#include "deepgap/core/hash.hpp"

#include <array>
#include <span>
#include <string_view>

#include <gtest/gtest.h>

namespace deepgap {
namespace {

std::string hash_of(std::string_view text) { return content_hash(std::as_bytes(std::span{text})); }

TEST(Hash, MatchesThePublishedValueOfTheEmptyInput) {
  EXPECT_EQ(content_hash({}), "99aa06d3014798d86001c324468d497f");  // XXH3_128bits of zero bytes
}

TEST(Hash, ChangesWithOneBit) { EXPECT_NE(hash_of("resnet50"), hash_of("resnet51")); }

TEST(Hash, IsTheSameInOnePieceOrSeveral) {
  const std::string_view text = "one and two";
  const auto bytes = std::as_bytes(std::span{text});
  EXPECT_EQ(Hasher{}.add(bytes.first(3)).add(bytes.subspan(3)).hex(), content_hash(bytes));
}

TEST(Hash, SeparatesTextsByTheirLengths) {
  EXPECT_NE(Hasher{}.add("ab").add("c").hex(), Hasher{}.add("a").add("bc").hex());
  EXPECT_NE(Hasher{}.add("").hex(), Hasher{}.hex());
}

}  // namespace
}  // namespace deepgap

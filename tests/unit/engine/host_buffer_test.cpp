#include "deepgap/engine/host_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace deepgap::engine {
namespace {

TEST(HostBuffer, IsZeroedAlignedAndAsLargeAsAsked) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{64}, std::size_t{1000}}) {
    const auto buffer = HostBuffer::allocate(size);
    ASSERT_TRUE(buffer);
    EXPECT_EQ(buffer->bytes().size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->bytes().data()) % HostBuffer::kAlignment, 0U);
    EXPECT_TRUE(std::ranges::all_of(buffer->bytes(), [](std::byte b) { return b == std::byte{0}; }));
  }
}

TEST(Poison, SetsEveryBitAndNothingBehind) {
  std::vector<std::byte> memory(10);
  poison(Bytes{memory}.first(9));
  EXPECT_EQ(std::ranges::count(memory, std::byte{0xFF}), 9);
  EXPECT_EQ(memory.back(), std::byte{0});
}

}  // namespace
}  // namespace deepgap::engine

#include "deepgap/engine/host_buffer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace deepgap::engine {

Result<HostBuffer> HostBuffer::allocate(std::size_t size) {
  const std::size_t rounded = std::max((size + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (memory == nullptr)
    return Error{Errc::engine_failure, fmt::format("no memory for a tensor of {} bytes", size)};
  std::memset(memory, 0, rounded);
  return HostBuffer{memory, size};
}

void poison(Bytes memory) noexcept {
  constexpr auto kPoison = std::byte{0xFF};
  std::ranges::fill(memory, kPoison);
}

}  // namespace deepgap::engine

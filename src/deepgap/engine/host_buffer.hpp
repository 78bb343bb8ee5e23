#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"

// Host memory that a session owns.
namespace deepgap::engine {

// Zeroed, at an address that is a multiple of kAlignment: vendors use such memory without copying it.
class HostBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;  // a cache line and the widest vector

  static Result<HostBuffer> allocate(std::size_t size);  // Errc::engine_failure: no memory

  [[nodiscard]] Bytes bytes() const noexcept { return {memory_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept { std::free(memory); }
  };
  HostBuffer(std::byte* memory, std::size_t size) noexcept : memory_{memory}, size_{size} {}

  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_;
};

// All bits set: NaN in every float type, -1 or the largest value in every integer type.
void poison(Bytes memory) noexcept;

}  // namespace deepgap::engine

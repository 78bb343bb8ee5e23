#pragma once

#include <cstdint>
#include <span>

// Private to host/: loops that do nothing but keep a core busy.
namespace deepgap::host::peak {

// Independent chains of float multiply-adds in the widest registers this CPU has.
void multiply_add(std::int64_t steps) noexcept;
[[nodiscard]] double multiply_adds_a_step() noexcept;

void read(std::span<const std::uint64_t> numbers) noexcept;

}  // namespace deepgap::host::peak

#include "deepgap/host/peak_loops.hpp"

namespace deepgap::host::peak {
namespace {

// Enough for two units that each take four or five cycles, few enough for sixteen registers.
constexpr int kChains = 12;
constexpr int kFloatBytes = 4;

// The result of a loop goes here, or the compiler would leave the loop out.
thread_local volatile float arithmetic_sink;
thread_local volatile std::uint64_t stream_sink;

struct Bytes16 {
  using Vector [[gnu::vector_size(16)]] = float;
};
struct Bytes32 {
  using Vector [[gnu::vector_size(32)]] = float;
};
struct Bytes64 {
  using Vector [[gnu::vector_size(64)]] = float;
};

template <class Width>
[[gnu::always_inline]] inline void chains(std::int64_t steps) noexcept {
  using Vector = typename Width::Vector;
  constexpr int kLanes = sizeof(Vector) / kFloatBytes;
  Vector sums[kChains];
  Vector factor{};
  Vector term{};
  for (int lane = 0; lane < kLanes; ++lane) {
    factor[lane] = 0.999F;
    term[lane] = 0.001F;
  }
  for (int c = 0; c < kChains; ++c) sums[c] = term * static_cast<float>(c);
  for (std::int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 16
    for (int c = 0; c < kChains; ++c) sums[c] = sums[c] * factor + term;
  }
  float all = 0;
  for (int c = 0; c < kChains; ++c)
    for (int lane = 0; lane < kLanes; ++lane) all += sums[c][lane];
  arithmetic_sink = all;
}

#if defined(__x86_64__)
[[gnu::target("avx512f")]] void with_avx512(std::int64_t steps) noexcept { chains<Bytes64>(steps); }
[[gnu::target("avx2,fma")]] void with_avx2(std::int64_t steps) noexcept { chains<Bytes32>(steps); }
#endif
void with_any(std::int64_t steps) noexcept { chains<Bytes16>(steps); }

struct Choice {
  void (*run)(std::int64_t) noexcept;
  int bytes;
};

Choice choose() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {with_avx512, 64};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {with_avx2, 32};
#endif
  return {with_any, 16};
}

}  // namespace

void multiply_add(std::int64_t steps) noexcept { choose().run(steps); }

double multiply_adds_a_step() noexcept { return static_cast<double>(kChains) * choose().bytes / kFloatBytes; }

void read(std::span<const std::uint64_t> numbers) noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t number : numbers) sum += number;
  stream_sink = sum;
}

}  // namespace deepgap::host::peak

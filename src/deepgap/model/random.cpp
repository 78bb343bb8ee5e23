#include "deepgap/model/random.hpp"

namespace deepgap::model {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

constexpr std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

Random::Random(std::uint64_t seed, std::string_view stream, std::uint64_t index) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : stream) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  state_ = mix(mix(mix(seed + kGolden) ^ hash) + index * kGolden);
}

std::uint64_t Random::next() noexcept {
  state_ += kGolden;
  return mix(state_);
}

double Random::uniform() noexcept { return static_cast<double>(next() >> 11U) * 0x1p-53; }

double Random::normal() noexcept {
  std::uint64_t sum = 0;
  for (int word = 0; word < 3; ++word) {
    const std::uint64_t bits = next();
    sum += (bits & 0xffffU) + (bits >> 16U & 0xffffU) + (bits >> 32U & 0xffffU) + (bits >> 48U);
  }
  constexpr double kMean = 12 * 32767.5;
  return (static_cast<double>(sum) - kMean) * 0x1p-16;
}

std::int64_t Random::below(std::int64_t limit) noexcept {
  return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(limit));
}

}  // namespace deepgap::model

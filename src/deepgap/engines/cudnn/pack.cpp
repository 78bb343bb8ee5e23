#include "deepgap/engines/cudnn/pack.hpp"

#include <cstring>

#include "deepgap/model/small_float.hpp"

namespace deepgap::engines::cudnn {
namespace {

void store(std::byte* to, DType dtype, float value) {
  const auto put = [to](auto bits) { std::memcpy(to, &bits, sizeof bits); };
  switch (dtype) {
    case DType::f16: return put(model::to_f16(static_cast<double>(value)));
    case DType::bf16: return put(model::to_bf16(static_cast<double>(value)));
    case DType::i8: return put(static_cast<std::int8_t>(value));
    case DType::f8e4m3: return put(model::to_f8e4m3(static_cast<double>(value)));
    default: return put(value);
  }
}

struct Dimensions {
  std::size_t k, c, r, s;
};
Dimensions dimensions_of(const Weights& weights) {
  const auto at = [&](std::size_t i) { return static_cast<std::size_t>(weights.values.shape[i]); };
  return {at(0), at(1), at(2), at(3)};
}

void fill_vectors(PackedConv& packed, const Weights& weights, float in_scale, std::size_t stored) {
  packed.bias.assign(stored, 0.0F);
  for (std::size_t k = 0; k < weights.bias.size(); ++k) packed.bias[k] = weights.bias[k];
  if (weights.scales.empty()) return;
  packed.multiplier.assign(stored, 0.0F);
  for (std::size_t k = 0; k < weights.scales.size(); ++k) packed.multiplier[k] = weights.scales[k] * in_scale;
}

}  // namespace

std::vector<float> stored_numbers(const Weights& weights) {
  std::vector<float> numbers;
  if (weights.values.dtype == DType::i8) {
    for (const std::int8_t value : weights.values.as<std::int8_t>())
      numbers.push_back(static_cast<float>(value));
  } else if (weights.values.dtype == DType::f8e4m3) {
    for (const std::uint8_t bits : weights.values.as<std::uint8_t>())
      numbers.push_back(static_cast<float>(model::from_f8e4m3(bits)));
  } else {
    const auto values = weights.values.as<float>();
    numbers.assign(values.begin(), values.end());
  }
  return numbers;
}

PackedConv pack_conv(const Weights& weights, const Activation& in, const Activation& out,
                     std::int64_t groups) {
  const Dimensions d = dimensions_of(weights);
  const auto stored_k = static_cast<std::size_t>(out.pitch);
  const auto stored_c = static_cast<std::size_t>(groups == 1 ? in.pitch : weights.values.shape[1]);
  const std::size_t size = size_of(in.dtype);
  PackedConv packed;
  packed.weights.assign(stored_k * d.r * d.s * stored_c * size, std::byte{0});
  const std::vector<float> numbers = stored_numbers(weights);
  std::size_t from = 0;
  for (std::size_t k = 0; k < d.k; ++k)
    for (std::size_t c = 0; c < d.c; ++c)
      for (std::size_t tap = 0; tap < d.r * d.s; ++tap)
        store(&packed.weights[((k * d.r * d.s + tap) * stored_c + c) * size], in.dtype, numbers[from++]);
  fill_vectors(packed, weights, in.scale, stored_k);
  return packed;
}

PackedConv pack_depthwise(const Weights& weights, const Activation& in) {
  const Dimensions d = dimensions_of(weights);
  const auto stored = static_cast<std::size_t>(in.pitch);
  const std::size_t size = size_of(in.dtype), taps = d.r * d.s;
  PackedConv packed;
  packed.weights.assign(taps * stored * size, std::byte{0});
  const std::vector<float> numbers = stored_numbers(weights);
  for (std::size_t k = 0; k < d.k; ++k)
    for (std::size_t tap = 0; tap < taps; ++tap)
      store(&packed.weights[(tap * stored + k) * size], in.dtype, numbers[k * taps + tap]);
  fill_vectors(packed, weights, in.scale, stored);
  return packed;
}

void round_to_tf32(std::vector<std::byte>& numbers) {
  constexpr std::uint32_t kLost = 13, kHalf = 1U << (kLost - 1), kExponent = 0x7f800000U;
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= numbers.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &numbers[at], sizeof bits);
    if ((bits & kExponent) == kExponent) continue;
    bits = (bits + kHalf - 1 + (bits >> kLost & 1U)) >> kLost << kLost;
    std::memcpy(&numbers[at], &bits, sizeof bits);
  }
}

bool is_depthwise(const Weights& weights, const Activation& in, std::int64_t groups) noexcept {
  return groups > 1 && groups == in.c && weights.values.shape[0] == in.c && weights.values.shape[1] == 1;
}

}  // namespace deepgap::engines::cudnn

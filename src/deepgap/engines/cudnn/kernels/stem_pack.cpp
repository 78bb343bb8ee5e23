#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <array>
#include <cstring>

#include "deepgap/engines/cudnn/kernels/stem.hpp"

namespace deepgap::engines::cudnn::kernels {
namespace {

constexpr int kLanes = 32, kSets = 4, kQuarters = 4;  // as stem_types.cuh has them

// A number of the window's row: 8 pixels, of which the first has no weight.
struct Tap {
  int pixel = 0, channel = 0;
};

// The numbers of a word: 2 of three channels, or 4 of which the last is none.
std::array<Tap, 4> taps_of(Element type, int slot, int quarter) {
  std::array<Tap, 4> taps;
  const int whole = slot % 2, third = slot % 3;
  for (int i = 0; i < 4; ++i) {
    const int number = 2 * (kQuarters * third + quarter) + i;
    taps[static_cast<std::size_t>(i)] =
        type == Element::s8 ? Tap{2 * quarter + whole, i} : Tap{number / kStemInputs, number % kStemInputs};
  }
  return taps;
}

void store(std::byte* to, Element type, float value) {
  if (type == Element::s8) {
    const auto whole = static_cast<signed char>(value);
    std::memcpy(to, &whole, sizeof whole);
  } else if (type == Element::bf16) {
    const __nv_bfloat16 rounded = __float2bfloat16_rn(value);
    std::memcpy(to, &rounded, sizeof rounded);
  } else {
    const __half rounded = __float2half_rn(value);
    std::memcpy(to, &rounded, sizeof rounded);
  }
}

}  // namespace

std::vector<std::byte> pack_stem_weights(Element type, const std::vector<float>& oihw) {
  const bool whole = type == Element::s8;
  const int parts = whole ? 2 : 3, numbers = whole ? 4 : 2;
  const auto size = size_of(type);
  std::vector<std::byte> packed;
  for (int half = 0; half < 2; ++half)
    for (int slot = 0; slot < parts * kStemKernel; ++slot)
      for (int lane = 0; lane < kLanes; ++lane)
        for (int set = 0; set < kSets; ++set) {
          const int column = lane / kQuarters;
          const int k = kStemOutputs / 2 * half + 8 * (column / 2) + 2 * set + column % 2;
          const auto taps = taps_of(type, slot, lane % kQuarters);
          for (int i = 0; i < numbers; ++i) {
            const Tap tap = taps[static_cast<std::size_t>(i)];
            const int r = slot / parts, s = tap.pixel - 1;
            const bool is_weight = s >= 0 && tap.channel < kStemInputs;
            const int at = ((k * kStemInputs + tap.channel) * kStemKernel + r) * kStemKernel + s;
            packed.resize(packed.size() + size);
            if (is_weight) store(&packed[packed.size() - size], type, oihw[static_cast<std::size_t>(at)]);
          }
        }
  return packed;
}

}  // namespace deepgap::engines::cudnn::kernels

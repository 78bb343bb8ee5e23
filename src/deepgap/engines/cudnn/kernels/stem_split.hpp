#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "deepgap/engines/cudnn/kernels/stem.hpp"

// How the stem's work is cut into blocks. Host only.
namespace deepgap::engines::cudnn::kernels {

// Blocks of `rows` by `pairs` pairs of convolution pixels (output pixels behind the pool), at least one of
// each.
struct StemSplit {
  int rows = 1, pairs = 1;
  int strips = 1, bands = 1;  // of an image
  int tiles = 1;              // of 8 pixels, in the widest band
  std::int64_t blocks = 1;
};

// The split with the least estimated time; absent where no block fits. `together`: how many blocks of a split
// run on one of `processors` multiprocessors at a time.
[[nodiscard]] std::optional<StemSplit> split_stem(const Stem& shape, int processors,
                                                  const std::function<int(const StemSplit&)>& together);

}  // namespace deepgap::engines::cudnn::kernels

#include "deepgap/engines/cudnn/kernels/stem_split.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace deepgap::engines::cudnn::kernels {
namespace {

StemSplit split_by(const Stem& shape, int rows, int pairs) {
  constexpr int kTile = 8;
  const int all_rows = (shape.conv_h() + 1) / 2, all_pairs = (shape.conv_w() + 1) / 2;
  StemSplit split;
  split.rows = rows;
  split.pairs = std::min(pairs, all_pairs);
  split.strips = (all_rows + rows - 1) / rows;
  split.bands = (all_pairs + split.pairs - 1) / split.pairs;
  const int before = shape.pool && split.bands > 1 ? 1 : 0;
  split.tiles = (2 * split.pairs + before + kTile - 1) / kTile;
  split.blocks = static_cast<std::int64_t>(shape.n) * split.strips * split.bands;
  return split;
}

// In tiles of a warp, which goes down 2 row pairs at a time. A block begins with loads that nothing hides,
// and a multiprocessor with fewer blocks than it can hold is slower, but less than in proportion.
double time_of(const StemSplit& split, bool pool, int processors, int together) {
  constexpr double kBegin = 4, kStep = 1;
  const int steps = (split.rows + (pool && split.strips > 1 ? 1 : 0) + 1) / 2;
  const int tiles_of_warp = (split.tiles + 1) / 2;
  const double block = kBegin + steps * (kStep + tiles_of_warp);
  const double wave = static_cast<double>(processors) * together;
  const double waves = static_cast<double>(split.blocks) / wave, full = std::floor(waves);
  const double last = std::ceil((waves - full) * together) / together;
  return block * together * (full + (last > 0 ? 0.4 + 0.6 * last : 0));
}

}  // namespace

std::optional<StemSplit> split_stem(const Stem& shape, int processors,
                                    const std::function<int(const StemSplit&)>& together) {
  std::optional<StemSplit> best;
  double least = 0;
  const int most_rows = std::min((shape.conv_h() + 1) / 2, 64);
  for (const int pairs : {56, 28, 14})
    for (int rows = 1; rows <= most_rows; ++rows) {
      const StemSplit split = split_by(shape, rows, pairs);
      const int resident = together(split);
      if (resident < 1) continue;
      const double time = time_of(split, shape.pool, std::max(processors, 1), resident);
      if (best && time >= least) continue;
      best = split;
      least = time;
    }
  return best;
}

}  // namespace deepgap::engines::cudnn::kernels

#pragma once

#include "deepgap/engines/cudnn/kernels/stem_split.hpp"

// The kernel behind stem(), for arguments that have been checked.
namespace deepgap::engines::cudnn::kernels {

struct StemArguments {
  const float* in = nullptr;
  const void* weights = nullptr;
  void* out = nullptr;
  Epilogue epilogue;
  float in_scale = 1;
  Stem shape;
  int conv_h = 112, conv_w = 112, out_h = 56, out_w = 56;
  StemSplit split;
  bool by_two = false;  // pairs of pixels are aligned
};

inline constexpr int kStemBlocksTogether = 2;  // that a multiprocessor has registers for
[[nodiscard]] std::size_t stem_shared_bytes(Element type, const StemSplit& split, bool pool) noexcept;
cudaError_t launch_stem(Element type, const StemArguments& arguments, cudaStream_t stream);

}  // namespace deepgap::engines::cudnn::kernels

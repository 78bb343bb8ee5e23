#pragma once

#include <cuda_runtime_api.h>

#include "deepgap/engines/cudnn/kernels/kernels.hpp"

namespace deepgap::engines::cudnn::kernels {

// accumulators[rows][out] = x[rows][in] * weights[out][in]^T in s32 for s8 and in f32 otherwise. For the few
// shapes that cuBLASLt refuses (ten classes in s8): a warp makes one number, which is slow for large ones.
struct PlainGemm {
  int rows = 1, in = 1, out = 1;
};
cudaError_t plain_gemm(const void* x, const void* weights, void* accumulators, Element type,
                       const PlainGemm& shape, cudaStream_t stream);

}  // namespace deepgap::engines::cudnn::kernels

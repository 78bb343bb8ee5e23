#pragma once

#include <cuda_runtime_api.h>

#include "deepgap/engines/cudnn/kernels/kernels.hpp"

// Kernels for the few shapes that large batches spend their time in, beside the general ones in kernels/.
namespace deepgap::engines::cudnn {

// How block16() stores a number. `whole`: s8's whole numbers (real / scale, rounded to nearest even and
// saturated) as f16, which holds them exactly.
enum class BlockStore : unsigned char { f16, bf16, whole };

// kernels::space_to_depth() of at most 4 channels with stored_c = 16; `scale` for whole numbers only.
cudaError_t block16(const float* in, void* out, BlockStore store, float scale,
                    const kernels::SpaceToDepth& shape, cudaStream_t stream);

// kernels::max_pool() of s8; the channels are a multiple of 16.
cudaError_t max_pool_s8(const void* in, void* out, const kernels::Pool& shape, cudaStream_t stream);

}  // namespace deepgap::engines::cudnn

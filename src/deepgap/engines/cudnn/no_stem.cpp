#include "deepgap/engines/cudnn/kernels/stem.hpp"

// A build without the kernel of kernels/stem.hpp: first convolutions run over blocks of pixels instead
// (space_to_depth.hpp).
namespace deepgap::engines::cudnn::kernels {

bool stem_runs(Element /*type*/, int /*capability*/) noexcept { return false; }

std::vector<std::byte> pack_stem_weights(Element /*type*/, const std::vector<float>& /*oihw*/) { return {}; }

cudaError_t stem(const float* /*in*/, float /*in_scale*/, const void* /*packed_weights*/, void* /*out*/,
                 Element /*type*/, const Epilogue& /*epilogue*/, const Stem& /*shape*/,
                 cudaStream_t /*stream*/) {
  return cudaErrorNotSupported;
}

}  // namespace deepgap::engines::cudnn::kernels

#include "deepgap/engine/plugin.hpp"

#include "deepgap/engines/cudnn/engine.hpp"

DEEPGAP_EXPORT_PLUGIN const deepgap::engine::Plugin* deepgap_plugin() {
  static constexpr deepgap::engine::Plugin plugin{deepgap::engine::kContractVersion, "cudnn",
                                                  &deepgap::engines::cudnn::CudnnEngine::create};
  return &plugin;
}

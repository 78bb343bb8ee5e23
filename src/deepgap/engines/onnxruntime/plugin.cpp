#include "deepgap/engine/plugin.hpp"

#include "deepgap/engines/onnxruntime/engine.hpp"

DEEPGAP_EXPORT_PLUGIN const deepgap::engine::Plugin* deepgap_plugin() {
  static constexpr deepgap::engine::Plugin plugin{deepgap::engine::kContractVersion, "onnxruntime",
                                                  &deepgap::engines::onnxruntime::OnnxruntimeEngine::create};
  return &plugin;
}

#include "deepgap/engine/plugin.hpp"

#include "deepgap/engines/openvino/engine.hpp"

DEEPGAP_EXPORT_PLUGIN const deepgap::engine::Plugin* deepgap_plugin() {
  static constexpr deepgap::engine::Plugin plugin{deepgap::engine::kContractVersion, "openvino",
                                                  &deepgap::engines::openvino::OpenvinoEngine::create};
  return &plugin;
}

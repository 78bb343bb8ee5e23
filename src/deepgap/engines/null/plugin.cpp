#include "deepgap/engine/plugin.hpp"

#include "deepgap/engines/null/engine.hpp"

namespace {

deepgap::Result<std::unique_ptr<deepgap::engine::Engine>> create() {
  return std::unique_ptr<deepgap::engine::Engine>{std::make_unique<deepgap::engines::null::NullEngine>()};
}

}  // namespace

DEEPGAP_EXPORT_PLUGIN const deepgap::engine::Plugin* deepgap_plugin() {
  static constexpr deepgap::engine::Plugin plugin{deepgap::engine::kContractVersion, "null", &create};
  return &plugin;
}

#include "deepgap/engine/plugin.hpp"

DEEPGAP_EXPORT_PLUGIN const deepgap::engine::Plugin* deepgap_plugin() {
  static constexpr deepgap::engine::Plugin plugin{deepgap::engine::kContractVersion + 1, "newer", nullptr};
  return &plugin;
}

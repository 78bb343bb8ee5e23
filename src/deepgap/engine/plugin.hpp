#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "deepgap/engine/engine.hpp"

// Engines are shared libraries, libdeepgap_<name>.so, opened at run time inside a worker process.
namespace deepgap::engine {

// Raised whenever engine.hpp or this file changes in a way that old plug-ins would misread.
inline constexpr std::uint32_t kContractVersion = 2;

// What a plug-in exports. Static storage inside the plug-in.
struct Plugin {
  std::uint32_t contract_version;  // compared before anything else is read
  const char* name;
  // Errc::unavailable with the reason and the command that cures it when the engine cannot be used here.
  Result<std::unique_ptr<Engine>> (*create)();
};

// The one exported symbol: extern "C" const deepgap::engine::Plugin* deepgap_plugin();
using PluginEntry = const Plugin* (*)();
inline constexpr const char* kPluginSymbol = "deepgap_plugin";

#define DEEPGAP_EXPORT_PLUGIN extern "C" __attribute__((visibility("default")))

// A plug-in library that stays open as long as this lives; engines made from it must be gone before.
class LoadedPlugin {
 public:
  // Errc::unavailable when the file is missing or its own libraries are (with the loader's words),
  // or when it was built for another contract.
  static Result<LoadedPlugin> open(const std::filesystem::path& file);

  [[nodiscard]] const Plugin& plugin() const noexcept { return *plugin_; }

 private:
  struct Closer {
    void operator()(void* handle) const noexcept;
  };
  LoadedPlugin(std::unique_ptr<void, Closer> library, const Plugin* plugin)
      : library_{std::move(library)}, plugin_{plugin} {}

  std::unique_ptr<void, Closer> library_;
  const Plugin* plugin_;
};

}  // namespace deepgap::engine

#include "deepgap/engine/plugin.hpp"

#include <dlfcn.h>

#include <fmt/format.h>

namespace deepgap::engine {

void LoadedPlugin::Closer::operator()(void* handle) const noexcept { ::dlclose(handle); }

Result<LoadedPlugin> LoadedPlugin::open(const std::filesystem::path& file) {
  std::unique_ptr<void, Closer> library{::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)};
  if (!library) {
    const char* reason = ::dlerror();
    return Error{Errc::unavailable, fmt::format("{} cannot be loaded: {}", file.filename().string(),
                                                reason != nullptr ? reason : "unknown reason")};
  }
  const auto entry = reinterpret_cast<PluginEntry>(::dlsym(library.get(), kPluginSymbol));
  const Plugin* plugin = entry != nullptr ? entry() : nullptr;
  if (plugin == nullptr)
    return Error{Errc::unavailable,
                 fmt::format("{} is not a DeepGap engine (no {})", file.filename().string(), kPluginSymbol)};
  if (plugin->contract_version != kContractVersion)
    return Error{
        Errc::unavailable,
        fmt::format("{} was built for engine contract {}, this program has {}; rebuild it with 'make build'",
                    file.filename().string(), plugin->contract_version, kContractVersion)};
  return LoadedPlugin{std::move(library), plugin};
}

}  // namespace deepgap::engine

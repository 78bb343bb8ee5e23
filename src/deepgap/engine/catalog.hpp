#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Which engines DeepGap knows by name, built here or not, and what makes a missing one available.
namespace deepgap::engine {

struct CatalogEntry {
  std::string_view name;
  std::string_view what;     // one line for `deepgap list engines`
  std::string_view install;  // the command that makes it available
  bool fake = false;         // for tests: never chosen by `engines = "auto"`
};

[[nodiscard]] std::span<const CatalogEntry> catalog() noexcept;
[[nodiscard]] const CatalogEntry* find(std::string_view name) noexcept;  // nullptr when unknown

// Where the plug-in of that name is: DEEPGAP_PLUGIN_PATH (folders, ':' between), else beside the program
// (../lib/deepgap for an installed one, lib/deepgap for a build tree). Absent when the file is in none.
[[nodiscard]] std::optional<std::filesystem::path> plugin_file(std::string_view name);

}  // namespace deepgap::engine

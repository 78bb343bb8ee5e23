#include "deepgap/engines/onnxruntime/scratch.hpp"

#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace deepgap::engines::onnxruntime {

std::optional<ScratchFolder> ScratchFolder::make() {
  std::error_code failed;
  const auto parent = std::filesystem::temp_directory_path(failed);
  if (failed) return std::nullopt;
  std::string name = (parent / "deepgap-onnxruntime-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return std::nullopt;
  return ScratchFolder{name};
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace deepgap::engines::onnxruntime

#pragma once

#include <filesystem>
#include <optional>

namespace deepgap::engines::onnxruntime {

// A folder of this process alone under the system's temporary one, gone with its contents when this goes.
class ScratchFolder {
 public:
  static std::optional<ScratchFolder> make();  // absent when none can be made
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_{std::move(path)} {}

  std::filesystem::path path_;
};

}  // namespace deepgap::engines::onnxruntime

#include "deepgap/engine/catalog.hpp"

#include <array>
#include <cstdlib>
#include <sstream>
#include <vector>

namespace deepgap::engine {
namespace {

constexpr std::array kCatalog{
    CatalogEntry{"null", "a programmable fake: latency laws, drift, failures, crashes (tests, overhead)",
                 "make build", true},
    CatalogEntry{"openvino", "OpenVINO on the CPU: fp32, bf16, fp16 where real, int8",
                 "make openvino && make build"},
    CatalogEntry{"onnxruntime", "ONNX Runtime on the CPU (CUDA where its library has it): fp32, int8",
                 "make onnxruntime && make build"},
    CatalogEntry{"cudnn",
                 "DeepGap's own engine for NVIDIA cards: fp32, tf32, fp16, bf16, int8, fp8 as the card has",
                 "apt-get install cuda cudnn9-cuda-13 && make build"},
};

std::vector<std::filesystem::path> plugin_folders() {
  std::vector<std::filesystem::path> folders;
  if (const char* list = std::getenv("DEEPGAP_PLUGIN_PATH"); list != nullptr) {
    std::istringstream parts{list};
    for (std::string part; std::getline(parts, part, ':');)
      if (!part.empty()) folders.emplace_back(part);
    return folders;
  }
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return folders;
  folders.push_back(program.parent_path() / "lib/deepgap");
  folders.push_back(program.parent_path().parent_path() / "lib/deepgap");
  return folders;
}

}  // namespace

std::span<const CatalogEntry> catalog() noexcept { return kCatalog; }

const CatalogEntry* find(std::string_view name) noexcept {
  for (const CatalogEntry& entry : kCatalog)
    if (entry.name == name) return &entry;
  return nullptr;
}

std::optional<std::filesystem::path> plugin_file(std::string_view name) {
  const std::string file = "libdeepgap_" + std::string{name} + ".so";
  for (const auto& folder : plugin_folders()) {
    std::error_code failed;
    if (std::filesystem::is_regular_file(folder / file, failed)) return folder / file;
  }
  return std::nullopt;
}

}  // namespace deepgap::engine

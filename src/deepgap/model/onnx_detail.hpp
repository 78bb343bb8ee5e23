#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx.pb.h>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// What the files of the ONNX reader share; the only header that shows protobuf.
namespace deepgap::model {

// What all constants may hold together: more cannot be written as one file again.
inline constexpr std::uint64_t kMostConstantBytes = std::uint64_t{1} << 31;
[[nodiscard]] Error too_large(std::string_view what);

// Where a tensor's elements lie in a file beside the model.
struct ExternalData {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

// The bytes of an external tensor: exactly `expected` of them, from inside `folder`. `tensor` is for
// messages.
[[nodiscard]] Result<std::vector<std::byte>> read_external(const ExternalData& where,
                                                           const std::filesystem::path& folder,
                                                           std::string_view tensor, std::uint64_t expected);

[[nodiscard]] Result<Tensor> tensor_from(const onnx::TensorProto& proto, const std::filesystem::path& folder);

// Takes the message apart while it goes, so that weights are not held twice.
[[nodiscard]] Result<Graph> graph_from(onnx::ModelProto& model, const std::filesystem::path& folder);

}  // namespace deepgap::model

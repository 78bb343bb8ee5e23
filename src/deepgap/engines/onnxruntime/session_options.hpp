#pragma once

#include <filesystem>
#include <optional>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/onnxruntime/library.hpp"
#include "deepgap/engines/onnxruntime/request.hpp"

namespace deepgap::engines::onnxruntime {

// ONNX Runtime's session options for a request. With `save_to` the session writes its optimised network into
// that file and the weights beside it.
[[nodiscard]] Result<Handle<OrtSessionOptions>> session_options(
    const Runtime& runtime, const engine::ModelSource& source, const Request& request,
    const std::optional<std::filesystem::path>& save_to);

// What these options hold for a key of session configuration, absent when they hold nothing.
[[nodiscard]] std::optional<std::string> config_entry(const OrtApi& api, const OrtSessionOptions& options,
                                                      const char* key);

inline constexpr const char* kAllowSpinning = "session.intra_op.allow_spinning";

}  // namespace deepgap::engines::onnxruntime

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/onnxruntime/library.hpp"
#include "deepgap/engines/onnxruntime/request.hpp"

namespace deepgap::engines::onnxruntime {

// What model/ calls an open batch; sessions are compiled at the batch that is measured.
inline constexpr const char* kBatchName = "batch";
[[nodiscard]] std::optional<std::int64_t> batch_of(const engine::ModelSource& source);

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

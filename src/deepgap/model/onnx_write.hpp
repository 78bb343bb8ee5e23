#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// Graph -> ONNX, complete in itself (no external files). The same graph gives the same bytes, and
// read_onnx(write_onnx(g)) == g for a graph that read_onnx could have made.
namespace deepgap::model {

// Errc::unsupported: over protobuf's 2 GB, or a node whose subgraph the reader did not keep.
[[nodiscard]] Result<std::vector<std::byte>> write_onnx(const Graph& graph);

// Replaces `file` whole or not at all.
[[nodiscard]] Status write_onnx(const Graph& graph, const std::filesystem::path& file);

}  // namespace deepgap::model

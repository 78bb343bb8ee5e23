#pragma once

#include <filesystem>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

// ONNX file -> Graph. Untrusted input: everything is checked, and whatever is wrong ends as
// Errc::invalid_input (broken file), Errc::unsupported (a well-formed file that DeepGap cannot hold: an
// element type, an open dimension besides the batch) or Errc::io, with the file's name in the message.
//
// What the reader irons out: initialisers listed as inputs are no inputs; Constant nodes, and Identity or
// Dropout of a constant, become constants; nodes are in topological order; "ai.onnx" is the domain "".
// Subgraphs (If, Loop, Scan) are not kept: the node stays, without that attribute, so that it is refused by
// its name later.
namespace deepgap::model {

// Weights in files beside the model are read from the model's folder and never from outside it.
[[nodiscard]] Result<Graph> read_onnx(const std::filesystem::path& file);

// From memory. An empty `base_folder` refuses a model that keeps weights in other files.
[[nodiscard]] Result<Graph> read_onnx(ConstBytes bytes, const std::filesystem::path& base_folder = {});

}  // namespace deepgap::model

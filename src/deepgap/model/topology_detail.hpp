#pragma once

#include <string>
#include <string_view>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"

namespace deepgap::model {

// 'name', with what a terminal should not see replaced.
[[nodiscard]] std::string show(std::string_view name);

// "node 'conv1' (Conv)", or by its output when it has no name.
[[nodiscard]] std::string label_of(const Node& node);

// Puts nodes after what they read, keeping the file's order where that is allowed. Errc::invalid_input for a
// cycle, a value that nothing produces and a value that two produce.
[[nodiscard]] Status sort_topologically(Graph& graph);

// Identity and Dropout of a constant: their readers get the constant itself. Nodes must be sorted.
void fold_constant_copies(Graph& graph);

}  // namespace deepgap::model

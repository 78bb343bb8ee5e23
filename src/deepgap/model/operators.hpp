#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deepgap/model/graph.hpp"

// Which operators DeepGap's shape inference knows.
namespace deepgap::model {

[[nodiscard]] bool known_operator(std::string_view domain, std::string_view op);
[[nodiscard]] std::vector<std::string> known_operators();  // sorted, all of the ai.onnx domain

// "Conv", or "com.microsoft.FusedConv" for another domain: as operators are named in messages and lists.
[[nodiscard]] std::string qualified_operator(const Node& node);
[[nodiscard]] std::vector<std::string> operators_used(const Graph& graph);  // sorted, each once

// Axes, pads, starts and the like of this node are attributes at this opset; later opsets made them inputs.
[[nodiscard]] bool lists_are_attributes(const Node& node, std::int64_t opset) noexcept;

}  // namespace deepgap::model

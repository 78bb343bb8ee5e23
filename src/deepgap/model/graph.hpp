#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "deepgap/core/types.hpp"

// The network as data: ONNX's own structure (named values, nodes in topological order, constant tensors),
// with what differs between ONNX versions already ironed out where model/onnx_read can do so. Knows:
// operators by name and attributes. Never knows: engines, files, time.
namespace deepgap::model {

// A dimension is a number or, when negative, unknown: -1 is "the batch" (the first dimension of a graph input
// that the file leaves open), other unknowns are refused by the reader unless shape inference can settle
// them.
inline constexpr std::int64_t kBatchDim = -1;
// Only in Graph::outputs: the file does not say; infer_shapes does.
inline constexpr std::int64_t kUnknownDim = -2;

using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>,
                               std::vector<float>, std::vector<std::string>, Tensor>;

struct Node {
  std::string name;                  // may be empty; never used as a key
  std::string op;                    // "Conv", "Relu", ...
  std::string domain;                // "" = ai.onnx
  std::vector<std::string> inputs;   // value names; "" = an optional input left out
  std::vector<std::string> outputs;  // "" = an optional output nobody reads
  std::map<std::string, Attribute, std::less<>> attributes;

  [[nodiscard]] std::int64_t int_or(std::string_view key, std::int64_t fallback) const;
  [[nodiscard]] float float_or(std::string_view key, float fallback) const;
  [[nodiscard]] std::string string_or(std::string_view key, std::string_view fallback) const;
  [[nodiscard]] std::vector<std::int64_t> ints_or(std::string_view key,
                                                  const std::vector<std::int64_t>& fallback) const;
  friend bool operator==(const Node&, const Node&) = default;
};

// Name, type and shape (kBatchDim allowed) of a graph input or output.
struct Value {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  friend bool operator==(const Value&, const Value&) = default;
};

struct Graph {
  std::string name;
  std::int64_t opset = 17;  // of the ai.onnx domain: decides what operators mean
  std::map<std::string, std::int64_t, std::less<>> other_opsets;  // of other domains
  std::vector<Value> inputs;                                      // real inputs only: never an initialiser
  std::vector<Value> outputs;                            // empty or kUnknownDim where the file does not say
  std::vector<Node> nodes;                               // topologically sorted
  std::map<std::string, Tensor, std::less<>> constants;  // initialisers and folded Constant nodes
  std::map<std::string, std::string, std::less<>> metadata;  // model properties of the file

  [[nodiscard]] bool dynamic_batch() const;  // an input's first dimension is kBatchDim
  // Elements of the constants that training would have set: no scalars, no shapes or axes (int64, bool), no
  // running statistics of a BatchNormalization, no scales or zero points.
  [[nodiscard]] std::int64_t parameter_count() const;
  friend bool operator==(const Graph&, const Graph&) = default;
};

}  // namespace deepgap::model

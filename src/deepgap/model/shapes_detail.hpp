#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/model/graph.hpp"
#include "deepgap/model/shapes.hpp"

// The rules of shape inference: one function an operator (or family), a table that names them.
namespace deepgap::model {

struct TypedShape {
  DType dtype = DType::f32;
  Shape shape;
};

// The contents of a small integer tensor that inference knows (a constant, or computed from shapes).
struct KnownInts {
  DType dtype = DType::i64;
  Shape shape;
  std::vector<std::int64_t> values;
};

// One node with what is known about its inputs. Entries are null for inputs that are left out (or unknown).
struct Call {
  const Node& node;
  std::int64_t opset = 17;
  std::vector<const TensorSpec*> inputs;
  std::vector<const KnownInts*> ints;
  std::vector<const Tensor*> constants;

  [[nodiscard]] bool has(std::size_t i) const { return i < inputs.size() && inputs[i] != nullptr; }
  [[nodiscard]] const TensorSpec& in(std::size_t i) const { return *inputs[i]; }
  [[nodiscard]] std::int64_t rank(std::size_t i) const { return std::ssize(inputs[i]->shape); }
  // Axes, shapes and the like: from attribute `key` or from input i, which must be known; the operator and
  // the opset say which (lists_are_attributes). Absent when it is not given.
  [[nodiscard]] Result<std::optional<std::vector<std::int64_t>>> list(std::string_view key,
                                                                      std::size_t i) const;
};

using Outputs = std::vector<TypedShape>;  // at least as many as the node can have; unused ones are ignored
using Rule = Result<Outputs> (*)(const Call&);

struct Operator {
  std::string_view name;
  std::size_t min_inputs = 1;
  std::size_t max_inputs = 1;
  Rule rule = nullptr;
};

[[nodiscard]] const Operator* find_operator(std::string_view domain, std::string_view op);

// The node's first output when it is a small integer tensor that can be computed from `call`.
[[nodiscard]] std::optional<KnownInts> evaluate(const Call& call, const TypedShape& output);
[[nodiscard]] std::optional<KnownInts> known_ints(const Tensor& tensor);
inline constexpr std::int64_t kMostKnownInts = 4096;

[[nodiscard]] Status check_attributes(const Node& node);

[[nodiscard]] Error contradiction(std::string what);
[[nodiscard]] Error not_supported(std::string what);
// `axis` in [-rank, rank) -> [0, rank)
[[nodiscard]] Result<std::int64_t> normal_axis(std::int64_t axis, std::int64_t rank);
[[nodiscard]] Result<std::vector<std::int64_t>> normal_axes(std::span<const std::int64_t> axes,
                                                            std::int64_t rank);
// `axis` in [-rank, rank]
[[nodiscard]] Result<std::int64_t> normal_split(std::int64_t axis, std::int64_t rank);
[[nodiscard]] Status need_rank(const Call& call, std::size_t input, std::int64_t least);

namespace rules {
// shapes_math.cpp
Result<Outputs> same_shape(const Call&);
Result<Outputs> dropout(const Call&);
Result<Outputs> along_axis(const Call&);
Result<Outputs> batch_norm(const Call&);
Result<Outputs> layer_norm(const Call&);
Result<Outputs> channel_affine(const Call&);
Result<Outputs> elementwise(const Call&);
Result<Outputs> compare(const Call&);
Result<Outputs> power(const Call&);
Result<Outputs> where(const Call&);
Result<Outputs> one_way(const Call&);
Result<Outputs> matmul(const Call&);
Result<Outputs> gemm(const Call&);
Result<Outputs> cast(const Call&);
// shapes_conv.cpp
Result<Outputs> conv(const Call&);
Result<Outputs> conv_transpose(const Call&);
Result<Outputs> pool(const Call&);
Result<Outputs> global_pool(const Call&);
Result<Outputs> resize(const Call&);
Result<Outputs> depth_to_space(const Call&);
Result<Outputs> space_to_depth(const Call&);
// shapes_reduce.cpp
Result<Outputs> reduce(const Call&);
Result<Outputs> arg_reduce(const Call&);
Result<Outputs> top_k(const Call&);
Result<Outputs> quantize(const Call&);
Result<Outputs> dequantize(const Call&);
// shapes_layout.cpp
Result<Outputs> reshape(const Call&);
Result<Outputs> flatten(const Call&);
Result<Outputs> transpose(const Call&);
Result<Outputs> squeeze(const Call&);
Result<Outputs> unsqueeze(const Call&);
Result<Outputs> expand(const Call&);
Result<Outputs> shape(const Call&);
Result<Outputs> size(const Call&);
Result<Outputs> constant_of_shape(const Call&);
// shapes_index.cpp
Result<Outputs> concat(const Call&);
Result<Outputs> split(const Call&);
Result<Outputs> slice(const Call&);
Result<Outputs> gather(const Call&);
Result<Outputs> pad(const Call&);
Result<Outputs> tile(const Call&);
}  // namespace rules

// Slice with everything settled: one entry an axis of the input.
struct SliceAxis {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};
[[nodiscard]] Result<std::vector<SliceAxis>> slice_axes(const Call& call);

}  // namespace deepgap::model

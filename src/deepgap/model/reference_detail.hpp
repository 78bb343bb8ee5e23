#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/core/types.hpp"
#include "deepgap/model/graph.hpp"

// What the interpreter's operators share. Types and shapes are settled (by infer_shapes) before an operator
// runs, so an operator only computes elements.
namespace deepgap::model {

[[nodiscard]] bool is_real(DType type) noexcept;

// A value while the interpreter runs: floats as doubles, integers and booleans as int64.
struct Data {
  DType dtype = DType::f32;
  Shape shape;
  std::vector<double> real;
  std::vector<std::int64_t> whole;

  [[nodiscard]] std::size_t size() const noexcept { return is_real(dtype) ? real.size() : whole.size(); }
  [[nodiscard]] std::int64_t rank() const noexcept { return std::ssize(shape); }
  [[nodiscard]] double number(std::size_t i) const noexcept {
    return is_real(dtype) ? real[i] : static_cast<double>(whole[i]);
  }
};

[[nodiscard]] Data zeros(DType dtype, Shape shape);
[[nodiscard]] Data from_tensor(const Tensor& tensor);
[[nodiscard]] Tensor to_tensor(const Data& data);
// What the element type can hold: f16, bf16, f8e4m3 rounded, integers wrapped. f32 stays exact.
void round_to_type(Data& data);
[[nodiscard]] std::int64_t wrap(DType type, std::int64_t value) noexcept;
// Nearest value of an integer type; NaN gives 0.
[[nodiscard]] std::int64_t saturate(DType type, double value) noexcept;

// One node about to run. Outputs that are wanted have their type and shape and are filled with zeros.
struct Step {
  const Node& node;
  std::int64_t opset = 17;
  std::vector<const Data*> inputs;  // null: left out
  std::vector<Data> outputs;        // an entry for each output of the node, also for those that nobody reads
  int threads = 1;

  [[nodiscard]] bool has(std::size_t i) const { return i < inputs.size() && inputs[i] != nullptr; }
  [[nodiscard]] const Data& in(std::size_t i) const { return *inputs[i]; }
  [[nodiscard]] Data& out(std::size_t i = 0) { return outputs[i]; }
  [[nodiscard]] bool wants(std::size_t i) const { return i < outputs.size() && !node.outputs[i].empty(); }
  // A list that is an attribute in old opsets and input i in new ones; empty when neither is there.
  [[nodiscard]] std::vector<std::int64_t> list(std::string_view key, std::size_t i) const;
};

// What an operator's inputs may be; checked before it runs.
enum class Accepts { reals, wholes, anything };
struct OperationEntry {
  std::string_view name;
  Status (*run)(Step&);
  Accepts accepts = Accepts::reals;
};
// Errc::unsupported: an operator, or a use of it, that the reference lacks.
[[nodiscard]] Status run_operation(Step& step);

[[nodiscard]] std::span<const OperationEntry> convolution_operations();
[[nodiscard]] std::span<const OperationEntry> pool_operations();
[[nodiscard]] std::span<const OperationEntry> matrix_operations();
[[nodiscard]] std::span<const OperationEntry> unary_operations();
[[nodiscard]] std::span<const OperationEntry> binary_operations();
[[nodiscard]] std::span<const OperationEntry> normalise_operations();
[[nodiscard]] std::span<const OperationEntry> layout_operations();
[[nodiscard]] std::span<const OperationEntry> index_operations();
[[nodiscard]] std::span<const OperationEntry> reduce_operations();
[[nodiscard]] std::span<const OperationEntry> resize_operations();
[[nodiscard]] std::span<const OperationEntry> quantise_operations();

[[nodiscard]] Error lacking(std::string what);  // Errc::unsupported: "the reference lacks ..."

[[nodiscard]] inline std::size_t index(std::int64_t value) noexcept {
  return static_cast<std::size_t>(value);
}
[[nodiscard]] std::size_t positive_axis(std::int64_t axis, std::int64_t rank) noexcept;
[[nodiscard]] std::size_t product(std::span<const std::int64_t> dims) noexcept;
// Elements from one entry of each dimension to the next.
[[nodiscard]] std::vector<std::int64_t> row_major(std::span<const std::int64_t> shape);

// A tensor seen around one axis: index = (outer * extent + a) * inner + i.
struct AroundAxis {
  std::size_t outer = 1, extent = 1, inner = 1;
};
[[nodiscard]] AroundAxis around_axis(std::span<const std::int64_t> shape, std::size_t axis) noexcept;

// offset + sum(position * stride) for every position of `shape`, in row-major order.
[[nodiscard]] std::vector<std::size_t> strided(std::span<const std::int64_t> shape, std::int64_t offset,
                                               std::span<const std::int64_t> strides);
// For every element of a broadcast result, the element of the operand.
[[nodiscard]] std::vector<std::size_t> broadcast_index(std::span<const std::int64_t> operand,
                                                       std::span<const std::int64_t> result);
// out[i] = in[from[i]]
void pick(const Data& in, std::span<const std::size_t> from, Data& out);

// Calls body(first, last) on parts of [0, count), each in a thread of its own.
template <class Body>
void in_parallel(std::size_t count, int threads, const Body& body) {
  const std::size_t parts = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)), 1,
                                                    std::max<std::size_t>(count, 1));
  std::vector<std::jthread> helpers;
  for (std::size_t part = 1; part < parts; ++part)
    helpers.emplace_back(
        [&body, first = count * part / parts, last = count * (part + 1) / parts] { body(first, last); });
  body(0, count / parts);
}

}  // namespace deepgap::model

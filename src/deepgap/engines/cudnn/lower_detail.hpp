#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engines/cudnn/lower.hpp"
#include "deepgap/model/shapes.hpp"

// The parts of lower(): the state that one lowering shares, and what each kind of operator does with it.
namespace deepgap::engines::cudnn {

// How a quantised value is stored.
struct Storage {
  DType dtype = DType::i8;
  float scale = 1;
  friend bool operator==(const Storage&, const Storage&) = default;
};

// What can be taken along into the step that made a value: [Add residual] -> [Relu or Clip] -> [quantise].
struct Tail {
  std::string value;  // the graph's name for what the step writes in the end
  std::optional<std::string> residual;
  std::optional<Clamp> clamp;
  std::optional<Storage> storage;
  std::vector<std::size_t> nodes;  // indices of the nodes that are taken along
};

enum class Residual { no, yes };

class Lowering {
 public:
  Lowering(const model::Graph& graph, const LowerOptions& options, model::ValueSpecs specs);
  Result<Network> run();

  // Below: for the operators.
  [[nodiscard]] const model::Graph& graph() const noexcept { return graph_; }
  [[nodiscard]] DType compute() const noexcept { return compute_type(options_.precision); }
  [[nodiscard]] const Shape& shape(std::string_view value) const;
  [[nodiscard]] const Tensor* constant(std::string_view name) const;
  [[nodiscard]] const Activation& activation(TensorId id) const { return network_.tensors[id]; }

  // The node's input as an activation; refuses a constant by the node's name.
  Result<TensorId> operand(const model::Node& node, std::size_t input);
  // The same in the compute type: a quantised operand gets a step that dequantises it.
  Result<TensorId> plain_operand(const model::Node& node, std::size_t input);
  TensorId plain(TensorId id);
  // A tensor of the value's shape; of `storage` or, without one, of the compute type.
  Result<TensorId> add_tensor(std::string_view value, const std::optional<Storage>& storage);
  // The same pixels and channels as `like`.
  TensorId add_like(TensorId like, const std::optional<Storage>& storage);
  void add_step(Step step);
  std::size_t add_weights(Weights weights);

  // What follows node `i`'s first output and is read by nobody else.
  [[nodiscard]] Tail tail_of(std::size_t i, Residual residual) const;
  // The tail up to the quantisation, which stays a node of its own.
  [[nodiscard]] Tail without_storage(Tail tail) const;
  // The value that a tail ends in is `id` from here on, and its nodes are done.
  void finish(const Tail& tail, TensorId id);
  void alias(std::string_view value, TensorId id) { values_.insert_or_assign(std::string{value}, id); }
  [[nodiscard]] std::optional<TensorId> find(std::string_view value) const;

  // Absent where a Quantize- or DequantizeLinear is not per tensor and symmetric.
  [[nodiscard]] std::optional<Storage> storage_of(const model::Node& quantise) const;

  // A constant, or the constant behind a DequantizeLinear, as weights with the output channels first; `axis`:
  // where a per-channel scale has to be.
  Result<Weights> weights_of(const model::Node& node, std::string_view name, std::int64_t axis) const;
  Result<std::vector<float>> bias_of(const model::Node& node, std::size_t input, std::int64_t channels) const;

 private:
  Status lower_node(std::size_t i);
  Status add_inputs();
  Status add_outputs();
  [[nodiscard]] const model::Node* sole_reader(std::string_view value, std::size_t& index) const;
  bool extend_with_add(Tail& tail, std::size_t index) const;
  bool skip_pair_before_add(Tail& tail) const;

  const model::Graph& graph_;
  LowerOptions options_;
  model::ValueSpecs specs_;
  bool quantised_;
  Network network_;
  std::map<std::string, TensorId, std::less<>> values_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> readers_;
  std::map<std::string, std::size_t, std::less<>> producers_;
  std::map<TensorId, TensorId> plain_;  // quantised tensor -> its dequantised copy
  std::set<std::size_t> done_;
};

[[nodiscard]] bool same_pixels(const Activation& a, const Activation& b) noexcept;
[[nodiscard]] Error unsupported_use(const model::Node& node, std::string_view why);
[[nodiscard]] std::optional<Clamp> clamp_of(const Lowering& lowering, const model::Node& node);

Status lower_conv(Lowering& lowering, std::size_t i);
Status lower_gemm(Lowering& lowering, std::size_t i);  // Gemm, MatMul
Status lower_pool(Lowering& lowering, std::size_t i);  // MaxPool, AveragePool
Status lower_global_average(Lowering& lowering, std::size_t i);
Status lower_add(Lowering& lowering, std::size_t i);
Status lower_add_constant(Lowering& lowering, std::size_t i, const Tensor& term, std::size_t side);
Status lower_activation(Lowering& lowering, std::size_t i);  // Relu, Clip
Status lower_concat(Lowering& lowering, std::size_t i);
Status lower_quantise(Lowering& lowering, std::size_t i);
Status lower_dequantise(Lowering& lowering, std::size_t i);
Status lower_view(Lowering& lowering, std::size_t i);  // Flatten, Reshape, Squeeze, Identity, Dropout

}  // namespace deepgap::engines::cudnn

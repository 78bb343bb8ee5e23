#include "deepgap/model/reference.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "deepgap/core/text.hpp"
#include "deepgap/model/operators.hpp"
#include "deepgap/model/shapes.hpp"
#include "reference_detail.hpp"

namespace deepgap::model {
namespace {

// Elements of one value: a gigabyte as doubles. Beyond it a hostile file, or a network for another tool.
constexpr std::int64_t kMostElements = std::int64_t{1} << 27;

using Table = std::map<std::string_view, OperationEntry>;

const Table& operations() {
  static const Table table = [] {
    Table all;
    for (const auto& family :
         {convolution_operations(), pool_operations(), matrix_operations(), unary_operations(),
          binary_operations(), normalise_operations(), layout_operations(), index_operations(),
          reduce_operations(), resize_operations(), quantise_operations()})
      for (const OperationEntry& entry : family) all.emplace(entry.name, entry);
    return all;
  }();
  return table;
}

std::string label(const Node& node) {
  return qualified_operator(node) + (node.name.empty() ? "" : " '" + printable(node.name, 120) + "'");
}

// The batch that the inputs are at, and whether they are what the graph asks for.
Result<std::int64_t> check_inputs(const Graph& graph, std::span<const Tensor> inputs) {
  if (inputs.size() != graph.inputs.size())
    return Error{Errc::invalid_input, "the network has " + std::to_string(graph.inputs.size()) + " inputs, " +
                                          std::to_string(inputs.size()) + " were given"};
  std::optional<std::int64_t> batch;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& wanted = graph.inputs[i];
    Shape shape = wanted.shape;
    if (!shape.empty() && shape[0] == kBatchDim && !inputs[i].shape.empty()) {
      if (!batch) batch = inputs[i].shape[0];
      shape[0] = *batch;
    }
    const auto count = element_count(inputs[i].shape);
    if (inputs[i].dtype != wanted.dtype || inputs[i].shape != shape || !count ||
        inputs[i].bytes.size() != index(*count) * size_of(wanted.dtype))
      return Error{Errc::invalid_input, "input '" + printable(wanted.name) + "' is " +
                                            std::string{name(inputs[i].dtype)} + to_string(inputs[i].shape) +
                                            ", the network wants " + std::string{name(wanted.dtype)} +
                                            to_string(shape)};
  }
  return batch.value_or(1);
}

Status check_types(const Step& step, Accepts accepts) {
  if (accepts == Accepts::anything) return {};
  for (const Data* input : step.inputs)
    if (input != nullptr && is_real(input->dtype) != (accepts == Accepts::reals))
      return lacking("this operator for " + std::string{name(input->dtype)});
  return {};
}

class Interpreter {
 public:
  Interpreter(const Graph& graph, const ReferenceOptions& options, ValueSpecs specs)
      : graph_{graph}, options_{options}, specs_{std::move(specs)} {
    threads_ = options.threads > 0 ? options.threads
                                   : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      for (const std::string& input : graph.nodes[i].inputs) last_reader_[input] = i;
    for (const Value& output : graph.outputs) last_reader_[output.name] = graph.nodes.size();
  }

  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) keep(graph_.inputs[i].name, from_tensor(inputs[i]));
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      if (auto done = run_node(i); !done) return std::move(done).error().in(label(graph_.nodes[i]));
    std::vector<Tensor> outputs;
    for (const Value& output : graph_.outputs) {
      const Data* data = find(output.name);
      if (data == nullptr)
        return Error{Errc::invalid_input, "nothing computes the output '" + printable(output.name) + "'"};
      outputs.push_back(to_tensor(*data));
    }
    return outputs;
  }

 private:
  Status run_node(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (std::ranges::none_of(node.outputs, [](const std::string& output) { return !output.empty(); }))
      return {};
    Step step{node, graph_.opset, {}, {}, threads_};
    for (const std::string& input : node.inputs) step.inputs.push_back(input.empty() ? nullptr : find(input));
    for (const std::string& output : node.outputs) {
      if (output.empty()) {
        step.outputs.emplace_back();
        continue;
      }
      const TensorSpec& spec = specs_.at(output);
      if (!element_count(spec.shape, kMostElements))
        return lacking("memory for a value of shape " + to_string(spec.shape));
      step.outputs.push_back(zeros(spec.dtype, spec.shape));
    }
    if (auto done = run_operation(step); !done) return done;
    for (std::size_t o = 0; o < node.outputs.size(); ++o)
      if (!node.outputs[o].empty()) {
        round_to_type(step.outputs[o]);
        keep(node.outputs[o], std::move(step.outputs[o]));
      }
    release(i);
    return {};
  }

  void keep(const std::string& value, Data data) {
    if (options_.observe && is_real(data.dtype)) options_.observe(value, data.real);
    if (last_reader_.contains(value)) values_[value] = std::move(data);
  }

  const Data* find(const std::string& value) {
    if (const auto it = values_.find(value); it != values_.end()) return &it->second;
    const auto constant = graph_.constants.find(value);
    if (constant == graph_.constants.end()) return nullptr;
    return &values_.emplace(value, from_tensor(constant->second)).first->second;
  }

  void release(std::size_t i) {
    for (const std::string& input : graph_.nodes[i].inputs)
      if (last_reader_[input] == i) values_.erase(input);
  }

  const Graph& graph_;
  const ReferenceOptions& options_;
  ValueSpecs specs_;
  int threads_ = 1;
  std::unordered_map<std::string, Data> values_;
  std::unordered_map<std::string, std::size_t> last_reader_;
};

}  // namespace

Status run_operation(Step& step) {
  const auto operation = operations().find(step.node.op);
  if (!step.node.domain.empty() || operation == operations().end()) return lacking("this operator");
  if (!step.wants(0) && step.node.op != "Split" && step.node.op != "TopK")
    return lacking("nodes whose first output is left out");
  if (auto fine = check_types(step, operation->second.accepts); !fine) return fine;
  return operation->second.run(step);
}

Result<std::vector<Tensor>> run_reference(const Graph& graph, std::span<const Tensor> inputs,
                                          const ReferenceOptions& options) {
  const auto batch = check_inputs(graph, inputs);
  if (!batch) return batch.error();
  for (const Node& node : graph.nodes)
    if (!node.domain.empty() || !operations().contains(node.op))
      return Error{Errc::unsupported,
                   "the reference lacks the operator " + printable(qualified_operator(node))};
  auto specs = infer_shapes(graph, *batch);
  if (!specs) return std::move(specs).error();
  return Interpreter{graph, options, *std::move(specs)}.run(inputs);
}

std::vector<std::string> reference_operators() {
  std::vector<std::string> names;
  for (const auto& [op, entry] : operations()) names.emplace_back(op);
  return names;
}

}  // namespace deepgap::model

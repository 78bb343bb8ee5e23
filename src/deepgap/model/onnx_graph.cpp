#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "deepgap/model/onnx_types.hpp"
#include "onnx_detail.hpp"
#include "topology_detail.hpp"

namespace deepgap::model {
namespace {

constexpr std::int64_t kOldestOpset = 7;  // before: broadcasting by attribute, BatchNormalization that trains
constexpr std::int64_t kNewestOpset = 28;  // of ONNX 1.23; what a newer one changes is not known here

Error broken(std::string what) { return Error{Errc::invalid_input, std::move(what)}; }

class Builder {
 public:
  Builder(onnx::ModelProto& model, const std::filesystem::path& folder)
      : model_{model}, proto_{*model.mutable_graph()}, folder_{folder} {}

  Result<Graph> build() {
    graph_.name = proto_.name();
    for (const auto& entry : model_.metadata_props()) graph_.metadata[entry.key()] = entry.value();
    for (const auto step : {&Builder::read_opsets, &Builder::read_initializers, &Builder::read_inputs,
                            &Builder::read_nodes, &Builder::read_outputs})
      if (auto done = (this->*step)(); !done) return std::move(done).error();
    if (auto sorted = sort_topologically(graph_); !sorted) return std::move(sorted).error();
    fold_constant_copies(graph_);
    return std::move(graph_);
  }

 private:
  Status read_opsets();
  Status read_initializers();
  Status read_inputs();
  Status read_nodes();
  Status read_outputs();
  Result<Value> read_value(const onnx::ValueInfoProto& proto, std::string_view role);
  Status read_input_shape(const onnx::ValueInfoProto& proto, Value& value);
  Result<Tensor> read_tensor(const onnx::TensorProto& proto);
  Status add_constant(const std::string& name, Result<Tensor> tensor);
  Status add_constant_node(Node node);
  Result<Node> read_node(onnx::NodeProto& proto);
  Status read_attribute(const onnx::AttributeProto& proto, Node& node);

  onnx::ModelProto& model_;
  onnx::GraphProto& proto_;
  const std::filesystem::path& folder_;
  Graph graph_;
  std::set<std::string, std::less<>> batch_names_;
  std::uint64_t constant_bytes_ = 0;
};

Status Builder::read_opsets() {
  std::optional<std::int64_t> main;
  for (const auto& import : model_.opset_import()) {
    const bool is_main = import.domain().empty() || import.domain() == "ai.onnx";
    if (!is_main) graph_.other_opsets[import.domain()] = import.version();
    if (is_main && main && *main != import.version())
      return broken(fmt::format("two operator sets, {} and {}, for one domain", *main, import.version()));
    if (is_main) main = import.version();
  }
  if (!main) return broken("the file does not say which ONNX operator set (opset) it uses");
  if (*main < 1) return broken(fmt::format("operator set (opset) {} does not exist", *main));
  if (*main < kOldestOpset || *main > kNewestOpset)
    return Error{Errc::unsupported, fmt::format("operator set (opset) {} is not supported: {} to {} are",
                                                *main, kOldestOpset, kNewestOpset)};
  graph_.opset = *main;
  return {};
}

Result<Tensor> Builder::read_tensor(const onnx::TensorProto& proto) {
  auto tensor = tensor_from(proto, folder_);
  if (tensor) constant_bytes_ += tensor->bytes.size();
  if (constant_bytes_ > kMostConstantBytes) return too_large("the model");
  return tensor;
}

Status Builder::add_constant(const std::string& name, Result<Tensor> tensor) {
  if (!tensor) return std::move(tensor).error();
  if (name.empty()) return broken("a constant has no name");
  if (!graph_.constants.emplace(name, *std::move(tensor)).second)
    return broken(fmt::format("value {} is defined twice", show(name)));
  return {};
}

Status Builder::read_initializers() {
  if (proto_.sparse_initializer_size() != 0)
    return Error{Errc::unsupported, fmt::format("sparse tensor {}: sparse weights are not supported",
                                                show(proto_.sparse_initializer(0).values().name()))};
  for (auto& initializer : *proto_.mutable_initializer()) {
    if (auto added = add_constant(initializer.name(), read_tensor(initializer)); !added) return added;
    const std::unique_ptr<std::string> freed{
        initializer.release_raw_data()};  // Clear() would keep the memory
    initializer.Clear();
  }
  return {};
}

Result<Value> Builder::read_value(const onnx::ValueInfoProto& proto, std::string_view role) {
  if (proto.name().empty()) return broken(fmt::format("an {} has no name", role));
  if (!proto.has_type() || proto.type().value_case() == onnx::TypeProto::VALUE_NOT_SET)
    return broken(fmt::format("{} {} has no type", role, show(proto.name())));
  if (!proto.type().has_tensor_type())
    return Error{Errc::unsupported, fmt::format("{} {} is not a tensor", role, show(proto.name()))};
  const auto& type = proto.type().tensor_type();
  const auto dtype = dtype_from_onnx(type.elem_type());
  if (!dtype)
    return Error{Errc::unsupported, fmt::format("unsupported element type {} of {} {}",
                                                onnx_type_name(type.elem_type()), role, show(proto.name()))};
  if (type.shape().dim_size() > 64)
    return broken(fmt::format("{} {} has more than 64 dimensions", role, show(proto.name())));
  return Value{proto.name(), *dtype, {}};
}

Status Builder::read_input_shape(const onnx::ValueInfoProto& proto, Value& value) {
  const auto& type = proto.type().tensor_type();
  if (!type.has_shape())
    return Error{Errc::unsupported, fmt::format("input {} has no shape", show(value.name))};
  for (const auto& dim : type.shape().dim()) {
    const bool first = value.shape.empty();
    const bool open = !dim.has_dim_value() || dim.dim_value() == -1;  // -1: some exporters' way to say "open"
    if (open && !first)
      return Error{Errc::unsupported,
                   fmt::format("input {} leaves dimension {} ({}) open; only the first, the batch, may be",
                               show(value.name), value.shape.size(), show(dim.dim_param()))};
    if (!open && dim.dim_value() < 1)
      return broken(
          fmt::format("input {}: dimension {} is {}", show(value.name), value.shape.size(), dim.dim_value()));
    if (open) batch_names_.insert(dim.dim_param());
    value.shape.push_back(open ? kBatchDim : dim.dim_value());
  }
  Shape one = value.shape;
  if (!one.empty() && one[0] == kBatchDim) one[0] = 1;
  if (!element_count(one))
    return broken(fmt::format("input {}: impossible shape {}", show(value.name), to_string(one)));
  return {};
}

Status Builder::read_inputs() {
  std::set<std::string_view> seen;
  for (const auto& input : proto_.input()) {
    if (!seen.insert(input.name()).second)
      return broken(fmt::format("input {} is listed twice", show(input.name())));
    if (graph_.constants.contains(input.name())) continue;
    auto value = read_value(input, "input");
    if (!value) return std::move(value).error();
    if (auto done = read_input_shape(input, *value); !done) return done;
    graph_.inputs.push_back(*std::move(value));
  }
  return {};
}

Status Builder::read_outputs() {
  std::set<std::string_view> seen;
  if (proto_.output_size() == 0) return broken("the graph has no output");
  for (const auto& output : proto_.output()) {
    if (!seen.insert(output.name()).second)
      return broken(fmt::format("output {} is listed twice", show(output.name())));
    auto value = read_value(output, "output");
    if (!value) return std::move(value).error();
    for (const auto& dim : output.type().tensor_type().shape().dim()) {
      const bool known = dim.has_dim_value() && dim.dim_value() >= 0;
      const bool batch = !known && value->shape.empty() && batch_names_.contains(dim.dim_param());
      value->shape.push_back(known ? dim.dim_value() : batch ? kBatchDim : kUnknownDim);
    }
    graph_.outputs.push_back(*std::move(value));
  }
  return {};
}

Status Builder::read_attribute(const onnx::AttributeProto& proto, Node& node) {
  using Type = onnx::AttributeProto;
  const auto set = [&](Attribute value) { node.attributes.insert_or_assign(proto.name(), std::move(value)); };
  switch (proto.type()) {
    case Type::FLOAT: set(proto.f()); return {};
    case Type::INT: set(std::int64_t{proto.i()}); return {};
    case Type::STRING: set(proto.s()); return {};
    case Type::FLOATS: set(std::vector<float>(proto.floats().begin(), proto.floats().end())); return {};
    case Type::INTS: set(std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end())); return {};
    case Type::STRINGS:
      set(std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
      return {};
    case Type::TENSOR: {
      auto tensor = read_tensor(proto.t());
      if (!tensor) return std::move(tensor).error();
      set(*std::move(tensor));
      return {};
    }
    case Type::GRAPH:
    case Type::GRAPHS: return {};  // see onnx_read.hpp
    default: break;
  }
  return Error{Errc::unsupported,
               fmt::format("attribute {} is of a kind that is not supported", show(proto.name()))};
}

// Files of IR version 1 do not say which field of an attribute counts.
void settle_type(onnx::AttributeProto& proto) {
  using Type = onnx::AttributeProto;
  if (proto.type() != Type::UNDEFINED) return;
  proto.set_type(proto.has_f()              ? Type::FLOAT
                 : proto.has_i()            ? Type::INT
                 : proto.has_s()            ? Type::STRING
                 : proto.has_t()            ? Type::TENSOR
                 : proto.has_g()            ? Type::GRAPH
                 : proto.floats_size() > 0  ? Type::FLOATS
                 : proto.strings_size() > 0 ? Type::STRINGS
                                            : Type::INTS);
}

Result<Node> Builder::read_node(onnx::NodeProto& proto) {
  Node node{proto.name(),
            proto.op_type(),
            proto.domain() == "ai.onnx" ? "" : proto.domain(),
            {proto.input().begin(), proto.input().end()},
            {proto.output().begin(), proto.output().end()},
            {}};
  if (node.op.empty()) return broken("it names no operator");
  for (onnx::AttributeProto& attribute : *proto.mutable_attribute()) {
    if (attribute.name().empty()) return broken("an attribute has no name");
    if (node.attributes.contains(attribute.name()))
      return broken(fmt::format("attribute {} is given twice", show(attribute.name())));
    settle_type(attribute);
    if (auto done = read_attribute(attribute, node); !done) return std::move(done).error();
    attribute.Clear();
  }
  return node;
}

template <class T, class From = T>
Tensor tensor_of(DType dtype, Shape shape, std::span<const From> values) {
  Tensor tensor = make_tensor(dtype, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.as<T>().begin());
  return tensor;
}

Status Builder::add_constant_node(Node node) {
  if (node.outputs.size() != 1 || node.attributes.size() != 1)
    return broken("a Constant has one output and one value");
  auto& [key, value] = *node.attributes.begin();
  if (auto* tensor = std::get_if<Tensor>(&value); tensor != nullptr && key == "value")
    return add_constant(node.outputs[0], std::move(*tensor));
  if (const auto* number = std::get_if<float>(&value); number != nullptr && key == "value_float")
    return add_constant(node.outputs[0], tensor_of<float>(DType::f32, {}, std::span{number, 1}));
  if (const auto* number = std::get_if<std::int64_t>(&value); number != nullptr && key == "value_int")
    return add_constant(node.outputs[0], tensor_of<std::int64_t>(DType::i64, {}, std::span{number, 1}));
  if (const auto* list = std::get_if<std::vector<float>>(&value); list != nullptr && key == "value_floats")
    return add_constant(node.outputs[0], tensor_of<float>(DType::f32, {std::ssize(*list)}, std::span{*list}));
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
      list != nullptr && key == "value_ints")
    return add_constant(node.outputs[0],
                        tensor_of<std::int64_t>(DType::i64, {std::ssize(*list)}, std::span{*list}));
  return Error{Errc::unsupported, fmt::format("a Constant with {} is not supported", show(key))};
}

Status Builder::read_nodes() {
  for (int i = 0; i < proto_.node_size(); ++i) {
    auto& proto = *proto_.mutable_node(i);
    const std::string label =
        fmt::format("node {} ({})", proto.name().empty() ? fmt::format("#{}", i) : show(proto.name()),
                    show(proto.op_type()));
    auto node = read_node(proto);
    proto.Clear();
    if (!node) return std::move(node).error().in(label);
    if (node->op == "Constant" && node->domain.empty()) {
      if (auto added = add_constant_node(*std::move(node)); !added) return std::move(added).error().in(label);
    } else {
      graph_.nodes.push_back(*std::move(node));
    }
  }
  return {};
}

}  // namespace

Result<Graph> graph_from(onnx::ModelProto& model, const std::filesystem::path& folder) {
  return Builder{model, folder}.build();
}

}  // namespace deepgap::model

#include "deepgap/model/onnx_write.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <array>
#include <fstream>
#include <limits>
#include <system_error>

#include "deepgap/core/text.hpp"
#include "deepgap/model/onnx_types.hpp"
#include "onnx_detail.hpp"
#include "topology_detail.hpp"

namespace deepgap::model {
namespace {

namespace fs = std::filesystem;

// The oldest IR version that may carry an operator set (onnx/docs/Versioning.md), never below 8.
std::int64_t ir_version_for(std::int64_t opset) {
  if (opset >= 28) return 14;
  if (opset >= 25) return 13;
  if (opset >= 24) return 12;
  if (opset >= 23) return 11;
  if (opset >= 21) return 10;
  if (opset >= 19) return 9;
  return 8;
}

void write_tensor(const Tensor& tensor, onnx::TensorProto& proto) {
  for (const std::int64_t dim : tensor.shape) proto.add_dims(dim);
  proto.set_data_type(onnx_type(tensor.dtype));
  proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
}

void write_value(const Value& value, bool always_shape, onnx::ValueInfoProto& proto) {
  proto.set_name(value.name);
  auto& type = *proto.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_type(value.dtype));
  if (value.shape.empty() && !always_shape) return;
  auto& shape = *type.mutable_shape();
  for (const std::int64_t size : value.shape) {
    auto& dim = *shape.add_dim();
    if (size >= 0) dim.set_dim_value(size);
    if (size == kBatchDim) dim.set_dim_param("batch");
    if (size == kUnknownDim) dim.set_dim_param(fmt::format("unknown_{}", shape.dim_size() - 1));
  }
}

struct AttributeWriter {
  onnx::AttributeProto& proto;

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) proto.add_ints(value);
  }
  void operator()(const std::vector<float>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (const float value : values) proto.add_floats(value);
  }
  void operator()(const std::vector<std::string>& values) const {
    proto.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string& value : values) proto.add_strings(value);
  }
  void operator()(const Tensor& value) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    write_tensor(value, *proto.mutable_t());
  }
};

Status write_node(const Node& node, onnx::NodeProto& proto) {
  constexpr std::array kWithSubgraph = {"If", "Loop", "Scan", "SequenceMap"};
  if (node.domain.empty() && std::ranges::find(kWithSubgraph, node.op) != kWithSubgraph.end())
    return Error{Errc::unsupported,
                 fmt::format("{} has a subgraph, which DeepGap does not keep", label_of(node))};
  proto.set_name(node.name);
  proto.set_op_type(node.op);
  if (!node.domain.empty()) proto.set_domain(node.domain);
  for (const std::string& input : node.inputs) proto.add_input(input);
  for (const std::string& output : node.outputs) proto.add_output(output);
  for (const auto& [key, value] : node.attributes) {
    auto& attribute = *proto.add_attribute();
    attribute.set_name(key);
    std::visit(AttributeWriter{attribute}, value);
  }
  return {};
}

void write_header(const Graph& graph, onnx::ModelProto& model) {
  model.set_ir_version(ir_version_for(graph.opset));
  model.set_producer_name("deepgap");
  auto& main = *model.add_opset_import();
  main.set_domain("");
  main.set_version(graph.opset);
  for (const auto& [domain, version] : graph.other_opsets) {
    auto& import = *model.add_opset_import();
    import.set_domain(domain);
    import.set_version(version);
  }
  for (const auto& [key, value] : graph.metadata) {
    auto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
}

}  // namespace

Result<std::vector<std::byte>> write_onnx(const Graph& graph) {
  onnx::ModelProto model;
  write_header(graph, model);
  auto& proto = *model.mutable_graph();
  proto.set_name(graph.name);
  for (const Node& node : graph.nodes)
    if (auto done = write_node(node, *proto.add_node()); !done) return std::move(done).error();
  std::uint64_t constant_bytes = 0;
  for (const auto& [key, tensor] : graph.constants) constant_bytes += tensor.bytes.size();
  if (constant_bytes > kMostConstantBytes) return too_large("the model");
  for (const auto& [key, tensor] : graph.constants) {
    auto& initializer = *proto.add_initializer();
    initializer.set_name(key);
    write_tensor(tensor, initializer);
  }
  for (const Value& input : graph.inputs) write_value(input, true, *proto.add_input());
  for (const Value& output : graph.outputs) write_value(output, false, *proto.add_output());

  const std::size_t size = model.ByteSizeLong();
  if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    return too_large("the model");
  std::vector<std::byte> bytes(size);
  if (!model.SerializeToArray(bytes.data(), static_cast<int>(size)))
    return Error{Errc::internal, "ONNX could not be written"};
  return bytes;
}

Status write_onnx(const Graph& graph, const fs::path& file) {
  const std::string shown = printable(file.string());
  auto bytes = write_onnx(graph);
  if (!bytes) return std::move(bytes).error().in(shown);
  fs::path draft = file;
  draft += ".part";
  {
    std::ofstream out{draft, std::ios::binary | std::ios::trunc};
    out.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
    out.close();
    if (!out) return Error{Errc::io, fmt::format("{}: cannot be written", shown)};
  }
  std::error_code error;
  fs::rename(draft, file, error);
  if (error) return Error{Errc::io, fmt::format("{}: {}", shown, error.message())};
  return {};
}

}  // namespace deepgap::model

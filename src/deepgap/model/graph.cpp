#include "deepgap/model/graph.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace deepgap::model {
namespace {

template <class T>
const T* find(const Node& node, std::string_view key) {
  const auto it = node.attributes.find(key);
  return it == node.attributes.end() ? nullptr : std::get_if<T>(&it->second);
}

}  // namespace

std::int64_t Node::int_or(std::string_view key, std::int64_t fallback) const {
  const auto* value = find<std::int64_t>(*this, key);
  return value != nullptr ? *value : fallback;
}

float Node::float_or(std::string_view key, float fallback) const {
  const auto* value = find<float>(*this, key);
  return value != nullptr ? *value : fallback;
}

std::string Node::string_or(std::string_view key, std::string_view fallback) const {
  const auto* value = find<std::string>(*this, key);
  return value != nullptr ? *value : std::string{fallback};
}

std::vector<std::int64_t> Node::ints_or(std::string_view key,
                                        const std::vector<std::int64_t>& fallback) const {
  if (const auto* value = find<std::vector<std::int64_t>>(*this, key)) return *value;
  return fallback;
}

bool Graph::dynamic_batch() const {
  return std::ranges::any_of(inputs,
                             [](const Value& v) { return !v.shape.empty() && v.shape[0] == kBatchDim; });
}

std::int64_t Graph::parameter_count() const {
  std::set<std::string_view> not_trained;
  for (const Node& node : nodes) {
    const bool scaled = node.op == "QuantizeLinear" || node.op == "DequantizeLinear";
    const std::size_t first = scaled ? 1 : node.op == "BatchNormalization" ? 3 : node.inputs.size();
    for (std::size_t i = first; i < node.inputs.size(); ++i) not_trained.insert(node.inputs[i]);
  }
  std::int64_t count = 0;
  for (const auto& [key, tensor] : constants) {
    if (tensor.shape.empty() || tensor.dtype == DType::i64 || tensor.dtype == DType::boolean) continue;
    if (!not_trained.contains(key)) count += element_count(tensor.shape).value_or(0);
  }
  return count;
}

}  // namespace deepgap::model

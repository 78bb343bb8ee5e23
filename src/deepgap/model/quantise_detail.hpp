#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "deepgap/core/types.hpp"
#include "deepgap/model/graph.hpp"

// Where QuantizeLinear and DequantizeLinear go, apart from the numbers that they carry.
namespace deepgap::model {

struct QuantisationPlan {
  std::set<std::string, std::less<>> values;               // activations that get a Q/DQ pair
  std::vector<std::vector<std::size_t>> quantised_inputs;  // for each node: inputs to be read behind the pair
  std::map<std::size_t, std::int64_t> weights;             // node -> output-channel axis of its input 1
  std::map<std::string, std::string, std::less<>> same_step;  // value -> the value whose scale it shares
  std::map<std::string, std::string, std::less<>>
      averages;  // value -> the value that it is a global average of
};

[[nodiscard]] QuantisationPlan plan_quantisation(const Graph& graph);

struct QuantisedWeight {
  Tensor values;              // i8 or f8e4m3
  std::vector<float> scales;  // one an entry of the axis
};

// Symmetric, to [-127, 127], by the largest magnitude of each entry of `axis`.
[[nodiscard]] QuantisedWeight quantise_weight_tensor(const Tensor& weight, std::int64_t axis);
// To [-448, 448] likewise.
[[nodiscard]] QuantisedWeight quantise_weight_tensor_e4m3(const Tensor& weight, std::int64_t axis);

}  // namespace deepgap::model

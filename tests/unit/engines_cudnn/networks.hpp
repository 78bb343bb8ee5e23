#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deepgap/engines/cudnn/lower.hpp"
#include "deepgap/model/graph.hpp"

// Small graphs by hand, with seeded weights.
namespace deepgap::engines::cudnn {

class GraphMaker {
 public:
  GraphMaker(Shape input, std::string name = "x");

  // Each returns the name of its result.
  std::string conv(const std::string& in, Shape weight, std::vector<std::int64_t> strides = {1, 1},
                   std::vector<std::int64_t> pads = {0, 0, 0, 0}, std::int64_t group = 1);
  std::string node(std::string op, std::vector<std::string> inputs,
                   std::map<std::string, model::Attribute, std::less<>> attributes = {});
  std::string constant(Shape shape, double largest = 0.5);
  std::string scalar(float value);
  std::string gemm(const std::string& in, std::int64_t inputs, std::int64_t outputs);
  std::string quantised(const std::string& in, float scale, DType dtype = DType::i8);  // Q then DQ
  // The same weights as a constant of conv(), as i8 with a scale for each channel behind a DequantizeLinear.
  std::string conv_int8(const std::string& in, Shape weight, std::vector<std::int64_t> pads = {0, 0, 0, 0});

  model::Graph finish(const std::vector<std::string>& outputs);

 private:
  std::string fresh(std::string_view what);
  model::Graph graph_;
  std::uint64_t seed_ = 1;
  int count_ = 0;
};

// Of all outputs, as a share of the largest value; infinite when a shape differs or something is not finite.
[[nodiscard]] double distance(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual);

// How far the simulated lowered network is from the interpreter on seeded inputs.
[[nodiscard]] double distance_of(const model::Graph& graph, const LowerOptions& options);

template <class T>
std::size_t count_of(const Network& network) {
  std::size_t count = 0;
  for (const Step& step : network.steps) count += std::holds_alternative<T>(step) ? 1 : 0;
  return count;
}

}  // namespace deepgap::engines::cudnn

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "deepgap/model/graph.hpp"
#include "reference_detail.hpp"

// Writes the layers of a convolutional network with seeded weights. Each layer is run on a mosaic of small
// seeded pictures as it is written: its batch normalisation gets the statistics that training would have left
// there. So activations stay near one through 152 layers, and pictures stay apart from each other.
namespace deepgap::model {

struct Wire {
  std::string name;
  Data seen;  // this value for the mosaic

  [[nodiscard]] std::int64_t channels() const { return seen.shape[1]; }
};

struct ConvShape {
  std::int64_t channels_out = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
};

class LayerWriter {
 public:
  LayerWriter(std::string name, std::uint64_t seed);

  Wire input(std::int64_t channels, std::int64_t side);
  // Conv "<conv>" and BatchNormalization "<norm>"; gamma is around `gain`.
  Wire conv_norm(const Wire& in, const std::string& conv, const std::string& norm, ConvShape shape,
                 double gain);
  Wire relu(const Wire& in, const std::string& name);
  Wire add(const Wire& a, const Wire& b, const std::string& name);
  Wire max_pool(const Wire& in, const std::string& name);  // 3x3, stride 2, padding 1
  void classifier(const Wire& in, std::int64_t classes);   // global average, flatten, fully connected
  Graph finish() && { return std::move(graph_); }

 private:
  // Adds the node and runs it: `inputs` are its activations, constants come after them.
  Wire layer(Node node, std::vector<const Data*> inputs, Shape shape);
  Wire batch_norm(const Wire& in, const std::string& name, double gain);
  void fully_connected(const Data& features, std::int64_t classes);
  std::vector<float> seeded(const std::string& name, std::size_t count, double mean, double deviation);
  void constant(const std::string& name, Shape shape, const std::vector<float>& values);

  Graph graph_;
  std::uint64_t seed_;
};

}  // namespace deepgap::model

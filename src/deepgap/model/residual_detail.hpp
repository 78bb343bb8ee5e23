#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deepgap/model/graph.hpp"

// Writes the layers of a convolutional network with seeded weights. Beside every value it carries the mean
// and variance that each channel is expected to have, so that the batch normalisations get running statistics
// that fit their convolution: activations stay near one through 152 layers, and pictures stay apart from each
// other.
namespace deepgap::model {

struct Wire {
  std::string name;
  std::vector<double> mean;  // one entry a channel
  std::vector<double> variance;
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
  Wire conv(const Wire& in, const std::string& name, ConvShape shape);
  Wire batch_norm(const Wire& in, const std::string& name, double gain);
  Node& node(std::string op, const std::string& name, std::vector<std::string> inputs);
  std::vector<float> seeded_normals(const std::string& name, std::size_t count, double mean,
                                    double deviation);
  void constant(const std::string& name, Shape shape, const std::vector<float>& values);

  Graph graph_;
  std::uint64_t seed_;
};

}  // namespace deepgap::model

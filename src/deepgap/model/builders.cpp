#include "deepgap/model/builders.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "deepgap/core/text.hpp"
#include "deepgap/model/residual_detail.hpp"

namespace deepgap::model {
namespace {

struct Architecture {
  std::string_view name;
  bool bottleneck;
  std::array<int, 4> blocks;  // in each stage; 0 ends the network
  std::int64_t width;         // channels of the first stage
  std::int64_t side;          // of the picture
  std::int64_t classes;
};

constexpr Architecture kArchitectures[] = {
    {"resnet18", false, {2, 2, 2, 2}, 64, 224, 1000},  {"resnet34", false, {3, 4, 6, 3}, 64, 224, 1000},
    {"resnet50", true, {3, 4, 6, 3}, 64, 224, 1000},   {"resnet101", true, {3, 4, 23, 3}, 64, 224, 1000},
    {"resnet152", true, {3, 8, 36, 3}, 64, 224, 1000}, {"tiny", false, {1, 1, 0, 0}, 8, 32, 10},
};

struct Block {
  std::string prefix;  // "layer1.0"
  std::int64_t width;
  std::int64_t channels_out;
  std::int64_t stride;
  double gain;  // of its last normalisation
};

// Gamma of a block's last normalisation. The blocks of a stage together add a quarter to what they started
// from, however many they are: deep networks stay as calm as shallow ones.
double branch_gain(int blocks) { return 0.5 / std::sqrt(static_cast<double>(blocks)); }

Wire main_branch(LayerWriter& net, const Wire& in, const Block& block, bool bottleneck) {
  const auto part = [&](std::string_view kind, int index) {
    return block.prefix + "." + std::string{kind} + std::to_string(index);
  };
  if (!bottleneck) {
    Wire x = net.conv_norm(in, part("conv", 1), part("bn", 1), {block.width, 3, block.stride}, 1);
    x = net.relu(x, part("relu", 1));
    return net.conv_norm(x, part("conv", 2), part("bn", 2), {block.channels_out, 3, 1}, block.gain);
  }
  Wire x = net.conv_norm(in, part("conv", 1), part("bn", 1), {block.width, 1, 1}, 1);
  x = net.relu(x, part("relu", 1));
  x = net.conv_norm(x, part("conv", 2), part("bn", 2), {block.width, 3, block.stride}, 1);
  x = net.relu(x, part("relu", 2));
  return net.conv_norm(x, part("conv", 3), part("bn", 3), {block.channels_out, 1, 1}, block.gain);
}

Wire residual_block(LayerWriter& net, const Wire& in, const Block& block, bool bottleneck) {
  const Wire branch = main_branch(net, in, block, bottleneck);
  Wire shortcut = in;
  if (block.stride != 1 || in.channels() != block.channels_out)
    shortcut = net.conv_norm(in, block.prefix + ".downsample.0", block.prefix + ".downsample.1",
                             {block.channels_out, 1, block.stride}, 1);
  return net.relu(net.add(branch, shortcut, block.prefix + ".add"), block.prefix + ".relu");
}

Wire stem(LayerWriter& net, const Architecture& a) {
  const Wire in = net.input(3, a.side);
  if (a.side < 64) return net.relu(net.conv_norm(in, "conv1", "bn1", {a.width, 3, 1}, 1), "relu");
  return net.max_pool(net.relu(net.conv_norm(in, "conv1", "bn1", {a.width, 7, 2}, 1), "relu"), "maxpool");
}

}  // namespace

std::vector<std::string> builtin_models() {
  std::vector<std::string> names;
  for (const Architecture& a : kArchitectures) names.emplace_back(a.name);
  return names;
}

Result<Graph> build(std::string_view name, std::uint64_t seed) {
  const auto* a = std::ranges::find(kArchitectures, name, &Architecture::name);
  if (a == std::end(kArchitectures)) {
    const auto names = builtin_models();
    return Error{Errc::invalid_input, "unknown model '" + printable(name) + "'; built in: " + join(names) +
                                          "." + did_you_mean(name, names)};
  }
  LayerWriter net{std::string{a->name}, seed};
  Wire x = stem(net, *a);
  for (std::size_t stage = 0; stage < a->blocks.size(); ++stage) {
    const std::int64_t width = a->width << stage;
    for (int i = 0; i < a->blocks[stage]; ++i) {
      const std::string prefix = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
      const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      x = residual_block(
          net, x, {prefix, width, a->bottleneck ? 4 * width : width, stride, branch_gain(a->blocks[stage])},
          a->bottleneck);
    }
  }
  net.classifier(x, a->classes);
  return std::move(net).finish();
}

}  // namespace deepgap::model

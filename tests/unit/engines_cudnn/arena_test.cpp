#include "deepgap/engines/cudnn/arena.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "deepgap/model/builders.hpp"
#include "networks.hpp"

namespace deepgap::engines::cudnn {
namespace {

struct Life {
  std::size_t first = 0, last = 0;
  bool used = false;
};

// No two tensors that are alive at the same time share a byte.
void expect_no_overlap(const Network& network, const ArenaPlan& plan) {
  std::vector<Life> lives(network.tensors.size());
  for (std::size_t i = 0; i < network.steps.size(); ++i) {
    const Uses uses = uses_of(network.steps[i]);
    for (const TensorId read : uses.reads) lives[read].last = i;
    if (uses.writes) lives[*uses.writes] = {i, i, true};
  }
  for (TensorId a = 0; a < lives.size(); ++a)
    for (TensorId b = 0; b < a; ++b) {
      if (!lives[a].used || !lives[b].used || lives[a].first > lives[b].last ||
          lives[b].first > lives[a].last)
        continue;
      const std::size_t a_end = plan.offsets[a] + network.tensors[a].bytes();
      const std::size_t b_end = plan.offsets[b] + network.tensors[b].bytes();
      EXPECT_TRUE(a_end <= plan.offsets[b] || b_end <= plan.offsets[a]) << a << " and " << b;
    }
  for (TensorId id = 0; id < lives.size(); ++id)
    if (lives[id].used) {
      EXPECT_LE(plan.offsets[id] + network.tensors[id].bytes(), plan.bytes);
    }
}

Network chain(const std::vector<std::int64_t>& sizes) {
  Network network;
  for (const std::int64_t size : sizes) network.tensors.push_back({DType::f32, 1, 1, 1, size, size, 1});
  network.steps.emplace_back(InputStep{0, 0, {}});
  for (TensorId id = 1; id < sizes.size(); ++id) network.steps.emplace_back(ConvertStep{id - 1, id, {}});
  network.steps.emplace_back(OutputStep{sizes.size() - 1, 0});
  return network;
}

TEST(Arena, OfAChainHoldsTwoTensorsAtATime) {
  const Network network = chain({1024, 1024, 1024, 1024, 1024, 1024});
  const ArenaPlan plan = plan_arena(network);
  expect_no_overlap(network, plan);
  EXPECT_EQ(plan.bytes, 2 * 4096U);
}

TEST(Arena, KeepsAResidualUntilItIsAdded) {
  Network network = chain({256, 256, 256});
  network.tensors.push_back({DType::f32, 1, 1, 1, 256, 256, 1});
  network.steps.insert(network.steps.end() - 1, AddStep{0, 2, 3, {}});
  const ArenaPlan plan = plan_arena(network);
  expect_no_overlap(network, plan);
  EXPECT_EQ(plan.bytes, 3 * 1024U);
}

TEST(Arena, OfRandomNetworksNeverSharesWhatIsAlive) {
  std::mt19937 random{3};
  for (int round = 0; round < 50; ++round) {
    std::vector<std::int64_t> sizes(20);
    for (std::int64_t& size : sizes) size = static_cast<std::int64_t>(random() % 5000 + 1);
    Network network = chain(sizes);
    for (int extra = 0; extra < 6; ++extra) {
      const TensorId a = random() % 19, b = random() % 19;
      network.tensors.push_back({DType::f32, 1, 1, 1, 700, 700, 1});
      network.steps.insert(network.steps.end() - 1, AddStep{a, b, network.tensors.size() - 1, {}});
    }
    expect_no_overlap(network, plan_arena(network));
  }
}

TEST(Arena, OfResnet50IsNoLargerThanItsLargestBlock) {
  const Network network = *lower(*model::build("resnet50"), {Precision::fp16, 8});
  const ArenaPlan plan = plan_arena(network);
  expect_no_overlap(network, plan);
  const std::size_t image = std::size_t{56} * 56 * 256 * 2;  // input, shortcut and output of a block at most
  EXPECT_LE(plan.bytes, 8 * 3 * image);
}

}  // namespace
}  // namespace deepgap::engines::cudnn

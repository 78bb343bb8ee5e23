#include "deepgap/engines/cudnn/arena.hpp"

#include <algorithm>
#include <numeric>

namespace deepgap::engines::cudnn {
namespace {

constexpr std::size_t kAlignment = 512;  // what cudaMalloc itself gives, and more than any kernel asks for

struct Life {
  std::size_t first = 0, last = 0;
  bool used = false;
  [[nodiscard]] bool meets(const Life& other) const noexcept {
    return first <= other.last && other.first <= last;
  }
};

std::vector<Life> lives_of(const Network& network) {
  std::vector<Life> lives(network.tensors.size());
  for (std::size_t i = 0; i < network.steps.size(); ++i) {
    const Uses uses = uses_of(network.steps[i]);
    if (uses.writes) lives[*uses.writes] = {i, i, true};
    for (const TensorId read : uses.reads) lives[read].last = i;
  }
  return lives;
}

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

// Largest first, each at the lowest offset where it meets nobody that is alive at the same time.
ArenaPlan plan_arena(const Network& network) {
  const std::vector<Life> lives = lives_of(network);
  std::vector<TensorId> order(network.tensors.size());
  std::iota(order.begin(), order.end(), TensorId{0});
  std::ranges::sort(order, [&](TensorId a, TensorId b) {
    const std::size_t a_bytes = network.tensors[a].bytes(), b_bytes = network.tensors[b].bytes();
    return a_bytes != b_bytes ? a_bytes > b_bytes : a < b;
  });
  ArenaPlan plan;
  plan.offsets.resize(network.tensors.size());
  std::vector<TensorId> placed;  // by offset
  for (const TensorId id : order) {
    if (!lives[id].used) continue;
    const std::size_t size = aligned(network.tensors[id].bytes());
    std::size_t offset = 0;
    for (const TensorId other : placed) {
      if (!lives[id].meets(lives[other])) continue;
      if (offset + size <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + aligned(network.tensors[other].bytes()));
    }
    plan.offsets[id] = offset;
    plan.bytes = std::max(plan.bytes, offset + size);
    placed.insert(std::ranges::upper_bound(placed, offset, {}, [&](TensorId p) { return plan.offsets[p]; }),
                  id);
  }
  return plan;
}

}  // namespace deepgap::engines::cudnn

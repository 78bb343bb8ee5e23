#include "deepgap/engines/cudnn/stem.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace deepgap::engines::cudnn {
namespace {

constexpr std::int64_t kChannelsIn = 3, kChannelsOut = 64;

// The only step that reads a tensor.
std::optional<std::size_t> sole_reader(const Network& network, TensorId id) {
  std::optional<std::size_t> reader;
  for (std::size_t i = 0; i < network.steps.size(); ++i)
    for (const TensorId read : uses_of(network.steps[i]).reads) {
      if (read != id) continue;
      if (reader) return std::nullopt;
      reader = i;
    }
  return reader;
}

bool is_stem(const Network& network, const ConvStep& conv) {
  constexpr Axis kAxis{7, 2, 1, 3, 3};
  const Activation& in = network.tensors[conv.in];
  const Activation& out = network.tensors[conv.out];
  return conv.y == kAxis && conv.x == kAxis && conv.groups == 1 && !conv.residual && in.c == kChannelsIn &&
         out.c == kChannelsOut && out.pitch == kChannelsOut && in.dtype == out.dtype;
}

bool is_stem_pool(const Network& network, const PoolStep& pool) {
  const auto fits = [](const Axis& a, std::int64_t in, std::int64_t out) {
    return a.kernel == 3 && a.stride == 2 && a.pad_begin == 1 && out == (in - 1) / 2 + 1;
  };
  const Activation& in = network.tensors[pool.in];
  const Activation& out = network.tensors[pool.out];
  return pool.max && in.dtype == out.dtype && in.scale == out.scale && fits(pool.y, in.h, out.h) &&
         fits(pool.x, in.w, out.w);
}

// The kernel compares sums, which a negative scale would turn round.
bool keeps_order(const Weights& weights) {
  return std::ranges::all_of(weights.scales, [](float scale) { return scale > 0; });
}

bool fuse_one(Network& network, std::size_t at, const std::function<bool(DType)>& runs) {
  const auto* input = std::get_if<InputStep>(&network.steps[at]);
  if (input == nullptr) return false;
  const auto reader = sole_reader(network, input->out);
  const auto* conv = reader ? std::get_if<ConvStep>(&network.steps[*reader]) : nullptr;
  if (conv == nullptr || !is_stem(network, *conv) || !runs(network.tensors[conv->in].dtype)) return false;
  StemStep stem{conv->name,  input->index, network.tensors[input->out], conv->out, conv->weights,
                conv->clamp, false};
  std::size_t last = *reader;
  std::vector<std::size_t> gone{at};
  if (const auto next = sole_reader(network, conv->out))
    if (const auto* pool = std::get_if<PoolStep>(&network.steps[*next]);
        pool != nullptr && is_stem_pool(network, *pool) && keeps_order(network.weights[conv->weights])) {
      stem.out = pool->out;
      stem.pool = true;
      gone.push_back(last);
      last = *next;
    }
  network.steps[last] = std::move(stem);
  for (auto i = gone.rbegin(); i != gone.rend(); ++i)
    network.steps.erase(network.steps.begin() + static_cast<std::ptrdiff_t>(*i));
  return true;
}

}  // namespace

void fuse_stem(Network& network, const std::function<bool(DType)>& runs) {
  for (std::size_t i = 0; i < network.steps.size(); ++i)
    if (fuse_one(network, i, runs)) return;
}

}  // namespace deepgap::engines::cudnn

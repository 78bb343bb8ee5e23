#pragma once

#include <string>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engine/engine.hpp"

// The cards of this machine, as the CUDA runtime tells them.
namespace deepgap::engines::cudnn {

struct Card {
  int index = 0;
  int capability = 0;  // 75, 80, ...
  std::string name;
  std::string driver;  // CUDA version that the driver speaks: "13.0"
  std::size_t memory_bytes = 0;
};

// Errc::unavailable with the cure: no driver, a driver older than this build's CUDA, no card.
[[nodiscard]] Result<std::vector<Card>> find_cards();

// "cuda:0" and so on, with what each card really runs. Cards too old for cuDNN's kernels are left out.
[[nodiscard]] std::vector<engine::Device> devices_of(const std::vector<Card>& cards);

// What plan choices depend on.
[[nodiscard]] std::string fingerprint(const Card& card);

}  // namespace deepgap::engines::cudnn

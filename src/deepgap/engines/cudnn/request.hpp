#pragma once

#include <cstddef>
#include <string>

#include "deepgap/core/error.hpp"
#include "deepgap/engine/engine.hpp"
#include "deepgap/engines/cudnn/network.hpp"

// What is asked of the engine, checked before a card is touched. Host only.
namespace deepgap::engines::cudnn {

inline constexpr std::size_t kDefaultCandidates = 4, kMostCandidates = 32;

struct Request {
  std::string device;
  Precision precision = Precision::fp32;
  std::size_t threads = 1;  // that build plans
  int streams = 1;
  int in_flight = 1;
  std::string hint;  // "" = none
  std::size_t candidates = kDefaultCandidates;
  std::string layer_times;  // the file for them; "" = none
};

// Errc::invalid_input, unavailable and unsupported as Engine::compile() says.
[[nodiscard]] Result<Request> read_request(const engine::CompileOptions& options,
                                           const engine::Capabilities& capabilities);

// The network of the bytes at the shapes of `source`, lowered.
[[nodiscard]] Result<Network> read_network(const engine::ModelSource& source, Precision precision);

}  // namespace deepgap::engines::cudnn

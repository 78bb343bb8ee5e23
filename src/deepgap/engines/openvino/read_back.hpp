#pragma once

#include <map>
#include <string>

#include <openvino/runtime/compiled_model.hpp>

#include "deepgap/engine/engine.hpp"

// What OpenVINO really did, asked of the compiled network: the only source of Effective.
namespace deepgap::engines::openvino {

// `requested` as in Plan::requested.
[[nodiscard]] engine::Effective read_back(const ov::CompiledModel& compiled,
                                          const std::map<std::string, std::string, std::less<>>& requested);

}  // namespace deepgap::engines::openvino

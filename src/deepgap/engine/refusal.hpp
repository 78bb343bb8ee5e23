#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/engine/engine.hpp"

// What an engine answers to a request that it cannot take. Messages begin with the engine's name.
namespace deepgap::engine {

// "cudnn: option 'x' is not one of: a, b; did you mean ...": Errc::invalid_input.
[[nodiscard]] Error not_one_of(std::string_view engine, std::string_view what, const std::string& given,
                               const std::vector<std::string>& allowed);

// The device that was asked for. Errc::unavailable names those that are there.
[[nodiscard]] Result<const Device*> find_device(std::string_view engine, const std::string& id,
                                                const Capabilities& capabilities);

// Errc::invalid_input for an option that the engine does not have.
[[nodiscard]] Status check_option_names(std::string_view engine, const CompileOptions& options,
                                        const Capabilities& capabilities);

}  // namespace deepgap::engine

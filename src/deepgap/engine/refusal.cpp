#include "deepgap/engine/refusal.hpp"

#include <fmt/format.h>

#include "deepgap/core/text.hpp"

namespace deepgap::engine {

Error not_one_of(std::string_view engine, std::string_view what, const std::string& given,
                 const std::vector<std::string>& allowed) {
  return {Errc::invalid_input, fmt::format("{}: {} '{}' is not one of: {}{}", engine, what, printable(given),
                                           join(allowed), did_you_mean(given, allowed))};
}

Result<const Device*> find_device(std::string_view engine, const std::string& id,
                                  const Capabilities& capabilities) {
  std::vector<std::string> ids;
  for (const Device& device : capabilities.devices) {
    if (device.id == id) return &device;
    ids.push_back(device.id);
  }
  return Error{Errc::unavailable,
               fmt::format("{}: device '{}' is not here (there is: {})", engine, printable(id), join(ids))};
}

Status check_option_names(std::string_view engine, const CompileOptions& options,
                          const Capabilities& capabilities) {
  std::vector<std::string> names;
  for (const auto& [known, text] : capabilities.options) names.push_back(known);
  for (const auto& [name, value] : options.options)
    if (!capabilities.options.contains(name)) return not_one_of(engine, "option", name, names);
  return {};
}

}  // namespace deepgap::engine

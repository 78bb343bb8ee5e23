#pragma once

#include <optional>
#include <string>

// How this program was built: fixed when it was linked (cmake/build_info.cmake).
namespace deepgap::host {

struct Build {
  std::string compiler;                     // "GNU 12.2.0"
  std::string type;                         // "Release", "Debug", ...; "" = none was chosen
  std::optional<std::string> git_revision;  // "0123456789ab", "-dirty" added; absent outside a checkout
  std::string sanitizer;                    // "address,undefined"; "" = none
  bool optimised = false;
  bool assertions = false;
  friend bool operator==(const Build&, const Build&) = default;
};

[[nodiscard]] Build this_build();

// "Release GNU 12.2.0", with what spoils a measurement named: "Debug GNU 12.2.0, not optimised, assertions".
[[nodiscard]] std::string to_text(const Build& build);

}  // namespace deepgap::host

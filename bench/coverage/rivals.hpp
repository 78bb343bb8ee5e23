#pragma once

#include <span>
#include <string_view>

#include "session.hpp"

// The stop rules of other tools, written anew from their documentation, on the same series. Each runs one
// uninterrupted series and gets the interval its users make of what it prints: Student's t at 95 %.
namespace deepgap::coverage {

struct Rival {
  std::string_view name;
  std::string_view rule;
  Session (*run)(Source& source, double base_s);
};

[[nodiscard]] std::span<const Rival> rivals();

}  // namespace deepgap::coverage

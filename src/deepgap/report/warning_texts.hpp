#pragma once

#include <span>
#include <string_view>

#include "deepgap/record/warnings.hpp"

// Private to report/: what each warning means. docs/warnings.md and `deepgap explain W104` are made from it.
namespace deepgap::report {

struct WarningText {
  record::Warning warning;
  std::string_view happened, matters, cure;
};

[[nodiscard]] std::span<const WarningText>
warning_texts() noexcept;  // one for each of record::all_warnings()

}  // namespace deepgap::report

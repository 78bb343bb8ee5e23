#pragma once

#include <span>

#include "deepgap/record/round.hpp"
#include "deepgap/store/stored.hpp"

namespace deepgap::store {

// The columns of the table `rounds` that come from record::Round: all but its series, which lie in `samples`.
[[nodiscard]] std::span<const Field<record::Round>> round_fields();

}  // namespace deepgap::store

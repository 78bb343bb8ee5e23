#pragma once

#include <span>

#include "deepgap/record/row.hpp"
#include "deepgap/store/stored.hpp"

namespace deepgap::store {

// The columns of the table `results`: every member of record::Row, under the name it has in every output. A
// row comes back as it was stored.
[[nodiscard]] std::span<const Field<record::Row>> row_fields();

}  // namespace deepgap::store

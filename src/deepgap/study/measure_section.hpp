#pragma once

#include "deepgap/study/study.hpp"
#include "deepgap/study/toml_table.hpp"

namespace deepgap::study {

// [measure]: how a case is measured.
void read_measure(const toml::table& table, Problems& problems, Measure& measure);

}  // namespace deepgap::study

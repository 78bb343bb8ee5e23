#pragma once

#include <string_view>

// Defined in a source that cmake/build_info.cmake writes at build time; see build.hpp for meanings.
namespace deepgap::host::build_info {

extern const std::string_view git_revision;  // "" = unknown
extern const std::string_view compiler;
extern const std::string_view build_type;
extern const std::string_view sanitizer;

}  // namespace deepgap::host::build_info

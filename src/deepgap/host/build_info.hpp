#pragma once

#include <string_view>

// Defined in a source that cmake/build_info.cmake writes at build time; see build.hpp for meanings.
namespace deepgap::host::build_info {

extern const std::string_view kGitRevision;  // "" = unknown
extern const std::string_view kCompiler;
extern const std::string_view kBuildType;
extern const std::string_view kSanitizer;

}  // namespace deepgap::host::build_info

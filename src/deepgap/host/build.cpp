#include "deepgap/host/build.hpp"

#include "deepgap/host/build_info.hpp"

namespace deepgap::host {

Build this_build() {
  Build build{.compiler = std::string{build_info::kCompiler},
              .type = std::string{build_info::kBuildType},
              .git_revision = std::nullopt,
              .sanitizer = std::string{build_info::kSanitizer}};
  if (!build_info::kGitRevision.empty()) build.git_revision = std::string{build_info::kGitRevision};
#ifdef __OPTIMIZE__
  build.optimised = true;
#endif
#ifndef NDEBUG
  build.assertions = true;
#endif
  return build;
}

std::string to_text(const Build& build) {
  std::string text = (build.type.empty() ? "no build type" : build.type) + " " + build.compiler;
  if (!build.optimised) text += ", not optimised";
  if (build.assertions) text += ", assertions";
  if (!build.sanitizer.empty()) text += ", sanitizer " + build.sanitizer;
  return text;
}

}  // namespace deepgap::host

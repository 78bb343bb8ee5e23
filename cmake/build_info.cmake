# deepgap_add_build_info(<target>): adds one small source with the git revision, compiler and build type. It is made at
# build time, so a commit is seen without configuring again, and is rewritten (and compiled) only when it changes.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(DEEPGAP_BUILD_INFO_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  set(DEEPGAP_GIT_REVISION "" CACHE STRING "Revision to report; empty = ask git")

  function(deepgap_add_build_info target)
    find_package(Git QUIET)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/build_info.cpp)
    add_custom_target(${target}_build_info
      BYPRODUCTS ${output}
      COMMAND ${CMAKE_COMMAND} -D OUTPUT=${output} -D SOURCE_DIR=${PROJECT_SOURCE_DIR}
        "-DGIT=${GIT_EXECUTABLE}" "-DREVISION=${DEEPGAP_GIT_REVISION}" "-DBUILD_TYPE=$<CONFIG>"
        "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" "-DSANITIZER=${DEEPGAP_SANITIZE}"
        -P ${DEEPGAP_BUILD_INFO_SCRIPT}
      COMMENT "Noting the git revision"
      VERBATIM)
    target_sources(${target} PRIVATE ${output})
    add_dependencies(${target} ${target}_build_info)
  endfunction()
  return()
endif()

if(NOT REVISION AND GIT AND EXISTS ${SOURCE_DIR}/.git)
  # No optional locks: a build must not disturb a git command that runs beside it.
  set(git ${CMAKE_COMMAND} -E env GIT_OPTIONAL_LOCKS=0 ${GIT} -C ${SOURCE_DIR})
  execute_process(COMMAND ${git} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND ${git} status --porcelain --untracked-files=no
    OUTPUT_VARIABLE changes ERROR_QUIET)
  if(REVISION AND changes)
    string(APPEND REVISION "-dirty")
  endif()
endif()

file(CONFIGURE OUTPUT ${OUTPUT} @ONLY ESCAPE_QUOTES CONTENT [[
#include "deepgap/host/build_info.hpp"

namespace deepgap::host::build_info {

const std::string_view kGitRevision = "@REVISION@";
const std::string_view kCompiler = "@COMPILER@";
const std::string_view kBuildType = "@BUILD_TYPE@";
const std::string_view kSanitizer = "@SANITIZER@";

}  // namespace deepgap::host::build_info
]])

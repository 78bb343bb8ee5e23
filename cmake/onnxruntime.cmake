# The C header of ONNX Runtime: DEEPGAP_ONNXRUNTIME_INCLUDE, an installed one, or what tools/fetch_onnxruntime.sh
# unpacks into .deps/onnxruntime. The library itself is opened at run time. Sets DEEPGAP_ONNXRUNTIME_FOUND.
set(onnxruntime_deps "${PROJECT_SOURCE_DIR}/.deps/onnxruntime")
find_path(DEEPGAP_ONNXRUNTIME_INCLUDE onnxruntime_c_api.h
  HINTS "${onnxruntime_deps}/include"
  PATH_SUFFIXES onnxruntime onnxruntime/core/session)
set(DEEPGAP_ONNXRUNTIME_FOUND FALSE)
if(DEEPGAP_ONNXRUNTIME_INCLUDE)
  file(STRINGS "${DEEPGAP_ONNXRUNTIME_INCLUDE}/onnxruntime_c_api.h" version_line REGEX "^#define ORT_API_VERSION [0-9]+")
  if(version_line MATCHES "ORT_API_VERSION ([0-9]+)" AND CMAKE_MATCH_1 GREATER_EQUAL 17)
    set(DEEPGAP_ONNXRUNTIME_FOUND TRUE)
    add_library(deepgap_onnxruntime_headers INTERFACE)
    target_include_directories(deepgap_onnxruntime_headers SYSTEM INTERFACE "${DEEPGAP_ONNXRUNTIME_INCLUDE}")
  endif()
endif()

# Where the loader looks for libonnxruntime.so.1 before it asks the system: in the unpacked wheel for a plug-in of the
# build tree, beside itself for an installed one, which takes the wheel's library along.
function(deepgap_ship_onnxruntime target)
  set(folder "${onnxruntime_deps}/onnxruntime/capi")
  # A thread pool that outlives dlclose() would run unmapped code.
  target_link_options(${target} PRIVATE LINKER:-z,nodelete)
  set_target_properties(${target} PROPERTIES BUILD_RPATH "${folder}" INSTALL_RPATH "$ORIGIN/onnxruntime")
  file(GLOB needed "${folder}/libonnxruntime.so.1*" "${folder}/../LICENSE" "${folder}/../ThirdPartyNotices.txt")
  install(FILES ${needed} DESTINATION lib/deepgap/onnxruntime)
endfunction()

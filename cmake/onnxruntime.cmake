# The C header of ONNX Runtime: DEEPGAP_ONNXRUNTIME_INCLUDE, an installed one, or what tools/fetch_onnxruntime.sh
# unpacks into .deps/onnxruntime. The library itself is opened at run time. Sets DEEPGAP_ONNXRUNTIME_FOUND.
set(onnxruntime_deps "${PROJECT_SOURCE_DIR}/.deps/onnxruntime")
find_path(DEEPGAP_ONNXRUNTIME_INCLUDE onnxruntime_c_api.h
  HINTS "${onnxruntime_deps}/include"
  PATH_SUFFIXES onnxruntime onnxruntime/core/session)
set(DEEPGAP_ONNXRUNTIME_FOUND FALSE)
if(EXISTS "${DEEPGAP_ONNXRUNTIME_INCLUDE}/onnxruntime_c_api.h")
  file(STRINGS "${DEEPGAP_ONNXRUNTIME_INCLUDE}/onnxruntime_c_api.h" version_line REGEX "^#define ORT_API_VERSION [0-9]+")
  if(version_line MATCHES "ORT_API_VERSION ([0-9]+)" AND CMAKE_MATCH_1 GREATER_EQUAL 17)
    set(DEEPGAP_ONNXRUNTIME_FOUND TRUE)
    add_library(deepgap_onnxruntime_headers INTERFACE)
    target_include_directories(deepgap_onnxruntime_headers SYSTEM INTERFACE "${DEEPGAP_ONNXRUNTIME_INCLUDE}")
  endif()
endif()

# The plug-in looks into the folder onnxruntime beside itself: in the build tree a link to the unpacked wheel, which may
# come later; in an installed program what it needs of that wheel.
function(deepgap_ship_onnxruntime target)
  set(folder "${onnxruntime_deps}/onnxruntime/capi")
  # A thread pool that outlives dlclose() would run unmapped code.
  target_link_options(${target} PRIVATE LINKER:-z,nodelete)
  file(MAKE_DIRECTORY "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")
  file(CREATE_LINK "${folder}" "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/onnxruntime" SYMBOLIC)
  file(GLOB needed "${folder}/libonnxruntime.so.1*" "${folder}/../LICENSE" "${folder}/../ThirdPartyNotices.txt")
  install(FILES ${needed} DESTINATION lib/deepgap/onnxruntime)
endfunction()

# OpenVINO, in this order: OpenVINO_DIR or an installed one, then the wheel that tools/fetch_openvino.sh unpacks
# into .deps/openvino. Sets DEEPGAP_OPENVINO_FOUND.
find_package(OpenVINO CONFIG QUIET COMPONENTS Runtime)
if(NOT OpenVINO_FOUND)
  find_package(OpenVINO CONFIG QUIET COMPONENTS Runtime
    NO_DEFAULT_PATH PATHS "${PROJECT_SOURCE_DIR}/.deps/openvino/openvino/cmake")
endif()
set(DEEPGAP_OPENVINO_FOUND ${OpenVINO_FOUND})

# The plug-in finds the runtime beside its own build; an installed plug-in takes what it needs of a wheel along,
# since the folder it was built against may be gone. OpenVINO loads the device and ONNX libraries by name from
# the folder of libopenvino itself.
function(deepgap_ship_openvino target)
  get_target_property(runtime openvino::runtime LOCATION)
  get_filename_component(folder "${runtime}" DIRECTORY)
  # A thread pool that outlives dlclose() would run unmapped code.
  target_link_options(${target} PRIVATE LINKER:-z,nodelete)
  if(NOT EXISTS "${folder}/../__init__.py")
    return()  # a system-wide installation: the loader knows it
  endif()
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/openvino")
  file(GLOB needed
    "${folder}/libopenvino.so*" "${folder}/libopenvino_intel_cpu_plugin.so" "${folder}/libopenvino_arm_cpu_plugin.so"
    "${folder}/libopenvino_onnx_frontend.so*" "${folder}/libtbb*.so*" "${folder}/libhwloc.so*")
  list(FILTER needed EXCLUDE REGEX "tbbmalloc")
  install(FILES ${needed} DESTINATION lib/deepgap/openvino)
  file(GLOB licences "${folder}/../../openvino-*.dist-info/licenses")
  if(licences)
    install(DIRECTORY ${licences} DESTINATION lib/deepgap/openvino)
  endif()
endfunction()

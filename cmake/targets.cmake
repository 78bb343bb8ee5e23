include(GoogleTest)

# Warnings and sanitizers live on a target that nobody installs or inherits: PRIVATE everywhere.
add_library(deepgap_build INTERFACE)
target_compile_options(deepgap_build INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
  # GCC 12 reports an impossible overlap in std::string's operator+ (GCC bug 105329).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${DEEPGAP_WERROR}>:-Werror>)
if(DEEPGAP_SANITIZE)
  # Instrumented code makes GCC see uninitialised reads that are not there (its manual, -fsanitize).
  target_compile_options(deepgap_build INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_compile_options(deepgap_build INTERFACE -fsanitize=${DEEPGAP_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(deepgap_build INTERFACE -fsanitize=${DEEPGAP_SANITIZE})
  target_compile_definitions(deepgap_build INTERFACE DEEPGAP_SANITIZED=1)
endif()

# deepgap_add_module(stats SOURCES a.cpp HEADERS a.hpp DEPENDS core PUBLIC_LIBS x PRIVATE_LIBS y)
function(deepgap_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;DEPENDS;PUBLIC_LIBS;PRIVATE_LIBS")
  list(TRANSFORM arg_DEPENDS PREPEND "deepgap::")
  add_library(deepgap_${name} STATIC ${arg_SOURCES})
  add_library(deepgap::${name} ALIAS deepgap_${name})
  target_sources(deepgap_${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/src" FILES ${arg_HEADERS})
  target_compile_features(deepgap_${name} PUBLIC cxx_std_20)
  target_link_libraries(deepgap_${name}
    PUBLIC ${arg_DEPENDS} ${arg_PUBLIC_LIBS}
    PRIVATE $<BUILD_INTERFACE:deepgap_build> ${arg_PRIVATE_LIBS})
  set_target_properties(deepgap_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()

# deepgap_add_engine(openvino SOURCES ... LIBS vendor::target [DEPENDS model] [FOUND <bool> WHY_NOT "text"])
# Builds the plug-in libdeepgap_<name>.so. DEEPGAP_ENGINE_<NAME>: AUTO = when its package was found, ON = or fail,
# OFF = never.
function(deepgap_add_engine name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOUND;WHY_NOT" "SOURCES;LIBS;DEPENDS")
  string(TOUPPER "DEEPGAP_ENGINE_${name}" switch)
  set(${switch} AUTO CACHE STRING "Build the ${name} engine: AUTO, ON or OFF")
  set_property(CACHE ${switch} PROPERTY STRINGS AUTO ON OFF)
  set(state "off (${switch}=OFF)")
  if(NOT ${switch} STREQUAL "OFF")
    if(arg_FOUND)
      list(TRANSFORM arg_DEPENDS PREPEND "deepgap::")
      add_library(deepgap_engine_${name} MODULE ${arg_SOURCES})
      target_link_libraries(deepgap_engine_${name} PRIVATE deepgap::engine ${arg_DEPENDS} deepgap_build ${arg_LIBS})
      set_target_properties(deepgap_engine_${name} PROPERTIES
        OUTPUT_NAME deepgap_${name} CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
      install(TARGETS deepgap_engine_${name} LIBRARY DESTINATION lib/deepgap)
      set_property(GLOBAL APPEND PROPERTY DEEPGAP_PROGRAM deepgap_engine_${name})
      set(state "on")
    elseif(${switch} STREQUAL "ON")
      message(FATAL_ERROR "${switch}=ON but ${arg_WHY_NOT}")
    else()
      set(state "off (${arg_WHY_NOT})")
    endif()
  endif()
  set_property(GLOBAL APPEND PROPERTY DEEPGAP_ENGINE_SUMMARY "  ${name}: ${state}")
endfunction()

function(deepgap_print_engines)
  get_property(summary GLOBAL PROPERTY DEEPGAP_ENGINE_SUMMARY)
  list(JOIN summary "\n" summary)
  message(STATUS "Engines:\n${summary}")
endfunction()

# deepgap_add_test(stats SOURCES a_test.cpp DEPENDS stats [LABELS unit] [LIBS x]): one GoogleTest program, one ctest
# entry a test, run from tests/data's parent so that data is found as tests/data/... through DEEPGAP_TEST_DATA.
function(deepgap_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;DEPENDS;LABELS;LIBS")
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  list(TRANSFORM arg_DEPENDS PREPEND "deepgap::")
  add_executable(test_${name} ${arg_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${arg_DEPENDS} deepgap_build GTest::gmock GTest::gtest_main ${arg_LIBS})
  target_compile_definitions(test_${name} PRIVATE DEEPGAP_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  gtest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  if(arg_LABELS STREQUAL "unit")
    set_property(GLOBAL APPEND PROPERTY DEEPGAP_UNIT_TESTS test_${name})
  endif()
endfunction()

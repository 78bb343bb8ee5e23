# How often the intervals hold, by simulation; docs/measurements/coverage.md keeps its output.
add_library(deepgap_coverage STATIC coverage/cell.cpp coverage/families.cpp coverage/recorded.cpp coverage/rivals.cpp
            coverage/session.cpp)
target_include_directories(deepgap_coverage PUBLIC coverage)
target_link_libraries(deepgap_coverage PUBLIC deepgap::stats PRIVATE deepgap_build)

add_executable(bench_coverage coverage/main.cpp coverage/report.cpp)
target_link_libraries(bench_coverage PRIVATE deepgap_coverage deepgap_build CLI11::CLI11 fmt::fmt
                      nlohmann_json::nlohmann_json)
set_target_properties(bench_coverage PROPERTIES OUTPUT_NAME coverage RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)

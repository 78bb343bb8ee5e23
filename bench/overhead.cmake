# The harness's own cost a sample; docs/measurements/overhead.md keeps its output.
add_executable(bench_overhead overhead.cpp)
target_link_libraries(bench_overhead PRIVATE deepgap::measure deepgap_build benchmark::benchmark fmt::fmt)

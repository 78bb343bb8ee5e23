add_executable(store_scale ${CMAKE_CURRENT_LIST_DIR}/store_scale.cpp)
target_link_libraries(store_scale PRIVATE deepgap::store deepgap_build)

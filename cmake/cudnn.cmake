# What DeepGap's own GPU engine needs beside CUDA (cmake/cuda.cmake): cuDNN's headers and library, and the front end's
# headers that tools/fetch_cudnn_frontend.sh unpacks into .deps/cudnn_frontend. Sets DEEPGAP_CUDNN_FOUND, and
# DEEPGAP_CUDNN_WHY_NOT where it is false; the target deepgap_cudnn_sdk.
set(DEEPGAP_CUDNN_FOUND OFF)
if(NOT DEEPGAP_CUDA_FOUND)
  set(DEEPGAP_CUDNN_WHY_NOT "${DEEPGAP_CUDA_WHY_NOT}")
  return()
endif()
find_path(CUDNN_INCLUDE_DIR cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
find_library(CUDNN_LIBRARY NAMES cudnn libcudnn.so.9 HINTS ${CUDAToolkit_LIBRARY_DIR})
find_path(CUDNN_FRONTEND_DIR cudnn_frontend.h HINTS "${PROJECT_SOURCE_DIR}/.deps/cudnn_frontend/include")
mark_as_advanced(CUDNN_INCLUDE_DIR CUDNN_LIBRARY CUDNN_FRONTEND_DIR)
if(NOT CUDNN_INCLUDE_DIR OR NOT CUDNN_LIBRARY)
  set(DEEPGAP_CUDNN_WHY_NOT "cudnn.h or libcudnn.so was not found, apt-get install cudnn9-cuda-13")
elseif(NOT CUDNN_FRONTEND_DIR)
  set(DEEPGAP_CUDNN_WHY_NOT "cudnn_frontend.h was not found, tools/fetch_cudnn_frontend.sh unpacks it")
else()
  set(DEEPGAP_CUDNN_FOUND ON)
  add_library(deepgap_cudnn_sdk INTERFACE)
  target_include_directories(deepgap_cudnn_sdk SYSTEM INTERFACE
    "${CUDNN_INCLUDE_DIR}" "${CUDNN_FRONTEND_DIR}" ${CUDAToolkit_INCLUDE_DIRS})
  target_compile_definitions(deepgap_cudnn_sdk INTERFACE CUDNN_FRONTEND_SKIP_JSON_LIB)
  target_link_libraries(deepgap_cudnn_sdk INTERFACE "${CUDNN_LIBRARY}" CUDA::cublasLt CUDA::nvrtc
    CUDA::cudart_static)
endif()

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <onnxruntime_c_api.h>

#include "deepgap/core/error.hpp"

// The library that is found at run time, and its C API in our terms: owned handles, statuses as errors.
namespace deepgap::engines::onnxruntime {

// The C API only grows: a library that has this version serves, however new it is.
inline constexpr std::uint32_t kApiVersion = 17;
inline constexpr const char* kLibraryVariable = "DEEPGAP_ONNXRUNTIME_LIB";

// An ONNX Runtime that was opened; it stays mapped for the life of the process, since threads of its pools
// may outlive whoever started them.
struct Library {
  const OrtApi* api = nullptr;  // never null once opened
  std::string version;          // "1.32.0"
  std::string file;             // where the loader found it
};

// `name`: a path, or a file name that the loader looks for. Errc::unavailable when it cannot be loaded, is no
// ONNX Runtime, or lacks kApiVersion.
[[nodiscard]] Result<Library> open_library(const std::string& name);

// DEEPGAP_ONNXRUNTIME_LIB and nothing else when it is set; otherwise the folder onnxruntime beside the
// plug-in (an installed copy, in a build tree the unpacked wheel), then what the loader finds. The message of
// Errc::unavailable ends with the cure.
[[nodiscard]] Result<Library> find_library();

template <class T>
struct Releaser {
  void (*release)(T*) = nullptr;
  void operator()(T* object) const noexcept { release(object); }
};
template <class T>
using Handle = std::unique_ptr<T, Releaser<T>>;

// Takes `status`. "ONNX Runtime failed to <doing>: <its words>"; Errc::unsupported naming the operator when
// that is what it says, else `otherwise`.
[[nodiscard]] Status check(const OrtApi& api, OrtStatus* status, std::string_view doing, Errc otherwise);

// What lives as long as any engine, model or session of ours.
struct Runtime {
  Library library;
  Handle<OrtEnv> environment;

  [[nodiscard]] const OrtApi& api() const noexcept { return *library.api; }
};
[[nodiscard]] Result<std::shared_ptr<const Runtime>> start_runtime(Library library);

}  // namespace deepgap::engines::onnxruntime

#include "deepgap/engines/onnxruntime/library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/onnxruntime/words.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

constexpr const char* kCure =
    "'make onnxruntime' fetches it, or set DEEPGAP_ONNXRUNTIME_LIB to the libonnxruntime.so of ONNX Runtime "
    "1.17 or newer";

std::string loaded_from(const void* symbol, const std::string& asked) {
  Dl_info info{};
  return ::dladdr(symbol, &info) != 0 && info.dli_fname != nullptr ? std::string{info.dli_fname} : asked;
}

// Beside the file that this code was loaded from: there an installed program and a build keep their library.
std::filesystem::path library_beside_us() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&find_library), &info) == 0 || info.dli_fname == nullptr)
    return {};
  std::error_code failed;
  const auto here = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? std::filesystem::path{} : here.parent_path() / "onnxruntime/libonnxruntime.so.1";
}

}  // namespace

Result<Library> open_library(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return Error{Errc::unavailable, fmt::format("{} cannot be loaded: {}", printable(name),
                                                printable(reason != nullptr ? reason : "unknown reason"))};
  }
  void* const symbol = ::dlsym(handle, "OrtGetApiBase");
  const auto entry = reinterpret_cast<const OrtApiBase* (*)()>(symbol);
  const OrtApiBase* base = entry != nullptr ? entry() : nullptr;
  if (base == nullptr)
    return Error{Errc::unavailable,
                 fmt::format("{} is not ONNX Runtime (no OrtGetApiBase)", printable(name))};
  const char* version = base->GetVersionString();
  Library library{base->GetApi(kApiVersion), version != nullptr ? version : "", loaded_from(symbol, name)};
  if (library.api == nullptr)
    return Error{Errc::unavailable,
                 fmt::format("{} is ONNX Runtime {}, which is older than 1.{}", printable(library.file),
                             printable(library.version), kApiVersion)};
  return library;
}

Result<Library> find_library() {
  const char* given = std::getenv(kLibraryVariable);
  const bool by_name = given != nullptr && *given != '\0';
  std::error_code failed;
  const auto beside = library_beside_us();
  auto opened = by_name                                   ? open_library(given)
                : std::filesystem::exists(beside, failed) ? open_library(beside.string())
                                                          : open_library("libonnxruntime.so.1");
  if (opened) return opened;
  return Error{opened.error().code(),
               fmt::format("onnxruntime: {}{}; {}", opened.error().message(),
                           by_name ? fmt::format(" (from {})", kLibraryVariable) : "", kCure)};
}

Status check(const OrtApi& api, OrtStatus* status, std::string_view doing, Errc otherwise) {
  if (status == nullptr) return {};
  const Handle<OrtStatus> owned{status, {api.ReleaseStatus}};
  const OrtErrorCode code = api.GetErrorCode(status);
  const std::string_view what = api.GetErrorMessage(status);
  if (const auto operators = unsupported_operator(what); !operators.empty())
    return Error{Errc::unsupported,
                 fmt::format("ONNX Runtime does not support the operator {}", printable(operators))};
  if (code == ORT_INVALID_GRAPH || code == ORT_INVALID_PROTOBUF || is_about_the_network(what))
    otherwise = Errc::invalid_input;
  if (code == ORT_NOT_IMPLEMENTED || is_beyond_this_library(what)) otherwise = Errc::unsupported;
  return Error{otherwise, fmt::format("ONNX Runtime failed to {}: {}", doing, plain_words(what))};
}

Result<std::shared_ptr<const Runtime>> start_runtime(Library library) {
  const OrtApi& api = *library.api;
  OrtEnv* environment = nullptr;
  // What is fatal comes back as a status too: nothing is lost by a quiet log.
  if (auto made = check(api, api.CreateEnv(ORT_LOGGING_LEVEL_FATAL, "deepgap", &environment), "start",
                        Errc::unavailable);
      !made)
    return std::move(made).error();
  auto runtime = std::make_shared<Runtime>();
  runtime->environment = {environment, {api.ReleaseEnv}};
  runtime->library = std::move(library);
  if (auto off =
          check(api, api.DisableTelemetryEvents(environment), "switch telemetry off", Errc::unavailable);
      !off)
    return std::move(off).error();
  return std::shared_ptr<const Runtime>{std::move(runtime)};
}

}  // namespace deepgap::engines::onnxruntime

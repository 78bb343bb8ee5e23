#include "deepgap/engines/onnxruntime/library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace deepgap::engines::onnxruntime {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string library(const std::string& name) { return DEEPGAP_TEST_LIBRARIES "/libdeepgap_" + name + ".so"; }

class FindLibrary : public ::testing::Test {
 protected:
  void TearDown() override { ::unsetenv(kLibraryVariable); }
  static Error refusal(const std::string& file) {
    ::setenv(kLibraryVariable, file.c_str(), 1);
    auto found = find_library();
    if (found) return Error{Errc::internal, "was taken"};
    return std::move(found).error();
  }
};

TEST_F(FindLibrary, OfAFileThatIsMissingNamesTheFileTheVariableAndTheCure) {
  const Error error = refusal("/nowhere/libonnxruntime.so");
  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("/nowhere/libonnxruntime.so"), HasSubstr(kLibraryVariable),
                                     HasSubstr("make onnxruntime")));
}

TEST_F(FindLibrary, OfAnotherLibrarySaysThatItIsNotOnnxRuntime) {
  for (const char* name : {"something_else", "ort_without_base"}) {
    const Error error = refusal(library(name));
    EXPECT_EQ(error.code(), Errc::unavailable);
    EXPECT_THAT(error.message(), AllOf(HasSubstr(name), HasSubstr("is not ONNX Runtime")));
  }
}

TEST_F(FindLibrary, OfAnOldOneSaysItsVersionAndWhatIsNeeded) {
  const Error error = refusal(library("ort_too_old"));
  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("ort_too_old"), HasSubstr("1.16.3"), HasSubstr("1.17")));
}

TEST_F(FindLibrary, OfAFileThatIsNoLibraryIsUnavailable) {
  EXPECT_EQ(refusal("/proc/self/cmdline").code(), Errc::unavailable);
}

// Statuses of a library that is not there: a status is its text's address.
struct Statuses {
  static inline OrtErrorCode code = ORT_FAIL;
  static inline int released = 0;

  static OrtApi api() {
    OrtApi api{};
    api.GetErrorCode = [](const OrtStatus*) noexcept { return code; };
    api.GetErrorMessage = [](const OrtStatus* status) noexcept {
      return reinterpret_cast<const char*>(status);
    };
    api.ReleaseStatus = [](OrtStatus*) noexcept { ++released; };
    return api;
  }
  static Error of(OrtErrorCode given, const char* text) {
    code = given;
    released = 0;
    auto* status = reinterpret_cast<OrtStatus*>(const_cast<char*>(text));
    auto checked = check(api(), status, "do it", Errc::engine_failure);
    EXPECT_EQ(released, 1);
    return checked ? Error{Errc::internal, "fine"} : std::move(checked).error();
  }
};

TEST(Check, TakesNoStatusForSuccess) {
  EXPECT_TRUE(check(Statuses::api(), nullptr, "do it", Errc::engine_failure));
}

TEST(Check, KeepsTheLibrarysWords) {
  const Error error = Statuses::of(ORT_RUNTIME_EXCEPTION, "the tensor is on fire");
  EXPECT_EQ(error.code(), Errc::engine_failure);
  EXPECT_EQ(error.message(), "ONNX Runtime failed to do it: the tensor is on fire");
}

TEST(Check, TellsAnImpossibleNetworkFromAMissingOperatorAndABrokenEngine) {
  EXPECT_EQ(Statuses::of(ORT_INVALID_PROTOBUF, "parsing failed").code(), Errc::invalid_input);
  EXPECT_EQ(Statuses::of(ORT_NOT_IMPLEMENTED, "not done").code(), Errc::unsupported);
  EXPECT_EQ(Statuses::of(ORT_INVALID_ARGUMENT, "no such name").code(), Errc::engine_failure);
  const Error missing =
      Statuses::of(ORT_NOT_IMPLEMENTED, "Could not find an implementation for Erf(13) node");
  EXPECT_EQ(missing.code(), Errc::unsupported);
  EXPECT_EQ(missing.message(), "ONNX Runtime does not support the operator Erf");
}

}  // namespace
}  // namespace deepgap::engines::onnxruntime

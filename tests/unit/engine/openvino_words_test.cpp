#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deepgap/engines/openvino/words.hpp"

namespace deepgap::engines::openvino {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// As OpenVINO 2026.4.1 writes it.
constexpr const char* kNoRule =
    "Check 'false' failed at src/frontends/common_translators/src/unconverted_ops_report.cpp:151:\n"
    "FrontEnd API failed with OpConversionFailure:\nModel wasn't fully converted.\nSummary:\n"
    "-- No conversion rule found for operations: Det-17, com.acme.Foo\nTo facilitate the conversion of "
    "unsupported "
    "operations, refer to Frontend Extension documentation: https://docs.openvino.ai\n";
constexpr const char* kFailed =
    "FrontEnd API failed with OpConversionFailure:\nModel wasn't fully converted. Failed operations detailed "
    "log:\n"
    "-- Scan-17 with a message:\nWhile validating ONNX node '<Node(Scan): bad>': "
    "unordered_map::at\nSummary:\n"
    "-- Conversion is failed for: Scan-17\n";

TEST(OpenvinoWords, OperatorsAreNamedWithoutTheirOpset) {
  EXPECT_EQ(unsupported_operators(kNoRule), "Det, com.acme.Foo");
  EXPECT_EQ(unsupported_operators(kFailed), "Scan");
  EXPECT_EQ(unsupported_operators("OpenVINO does not support the following ONNX operations: A-1, B, A"),
            "A, B");
  EXPECT_EQ(unsupported_operators("Shape inference failed for operations: Conv"), "");
  EXPECT_EQ(unsupported_operators(""), "");
}

TEST(OpenvinoWords, ANameWithADashKeepsIt) {
  EXPECT_EQ(unsupported_operators("No conversion rule found for operations: my-op, x-"), "my-op, x-");
}

TEST(OpenvinoWords, SourceLocationsAreLeftOut) {
  const std::string text = plain_words(
      "Exception from src/inference/src/cpp/core.cpp:105:\nCheck 'a == b' failed at src/core/node.cpp:12:\n"
      "Shapes differ\n\nby one\n");
  EXPECT_EQ(text, "Shapes differ by one");
}

TEST(OpenvinoWords, ATextOfLocationsOnlyIsKeptRatherThanEmptied) {
  EXPECT_THAT(plain_words("Exception from src/inference/src/cpp/core.cpp:105:\n"), HasSubstr("core.cpp"));
}

TEST(OpenvinoWords, ControlCharactersOfAModelNeverReachTheTerminal) {
  EXPECT_THAT(plain_words("name \x1b[31m"), Not(HasSubstr("\x1b")));
}

TEST(OpenvinoWords, AKernelsNameSaysWhatItComputesIn) {
  EXPECT_EQ(kernel_precision("brgconv_avx512_amx_1x1_I8"), Precision::int8);
  EXPECT_EQ(kernel_precision("brgemm_avx512_amx_bf16"), Precision::bf16);
  EXPECT_EQ(kernel_precision("gemm_mlas_f32"), Precision::fp32);
  EXPECT_EQ(kernel_precision("jit_avx512_FP16"), Precision::fp16);
  EXPECT_EQ(kernel_precision("jit_avx512"), std::nullopt);
  EXPECT_EQ(kernel_precision(""), std::nullopt);
}

}  // namespace
}  // namespace deepgap::engines::openvino

#include "deepgap/engines/onnxruntime/words.hpp"

#include <gtest/gtest.h>

namespace deepgap::engines::onnxruntime {
namespace {

TEST(PlainWords, LoseTheSourceLocation) {
  EXPECT_EQ(plain_words("/onnxruntime_src/onnxruntime/core/graph/model.cc:256 "
                        "onnxruntime::Model::Model(onnx::ModelProto&&, const std::function<void(int)>&) "
                        "Unsupported model IR version: 99, max supported IR version: 14\n"),
            "Unsupported model IR version: 99, max supported IR version: 14");
  EXPECT_EQ(plain_words("Exception during initialization: /a/b.h:1 int f() const bad"),
            "Exception during initialization: bad");
}

TEST(PlainWords, KeepEverythingElseOnOneLine) {
  EXPECT_EQ(plain_words("see model.cc:12 (it says so)\nand this"), "see model.cc:12 (it says so) and this");
  EXPECT_EQ(plain_words("/a/b.cc:12 f(never closed"), "/a/b.cc:12 f(never closed");
  EXPECT_EQ(plain_words("/a/b.cc:"), "/a/b.cc:");
  EXPECT_EQ(plain_words(""), "");
}

TEST(PlainWords, OfNothingButALocationAreTheLocation) {
  EXPECT_EQ(plain_words("/a/b.cc:12 f()"), "/a/b.cc:12 f()");
}

TEST(UnsupportedOperator, IsNamedHoweverTheLibrarySaysIt) {
  EXPECT_EQ(
      unsupported_operator("This is an invalid model. In Node, (\"second\", NoSuch, \"\", -1) : (\"r\": "
                           "tensor(float),) -> (\"y\": tensor(float),) , Error No Op registered for "
                           "NoSuch with domain_version of 17"),
      "NoSuch");
  EXPECT_EQ(unsupported_operator("Could not find an implementation for Relu(14) node with name 'first'"),
            "Relu");
  EXPECT_EQ(unsupported_operator("Fatal error: com.example:Blend(-1) is not a registered function/op"),
            "com.example:Blend");
  EXPECT_EQ(unsupported_operator("In Node, (\"a, b\", Blend, \"com.example\", -1) : (\"r\": tensor(float),) "
                                 "-> () , Error No opset import for domain 'com.example'"),
            "com.example:Blend");
}

TEST(UnsupportedOperator, IsEmptyWhenTheTextIsAboutSomethingElseOrCut) {
  EXPECT_EQ(unsupported_operator("Protobuf parsing failed."), "");
  EXPECT_EQ(unsupported_operator("No Op registered for "), "");
  EXPECT_EQ(unsupported_operator("Error No opset import for domain 'x'"), "");
  EXPECT_EQ(unsupported_operator("In Node, (x) : (, No opset import for domain"), "");
}

}  // namespace
}  // namespace deepgap::engines::onnxruntime

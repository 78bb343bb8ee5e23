#include "deepgap/engines/onnxruntime/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deepgap::engines::onnxruntime {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

engine::Capabilities capabilities() {
  engine::Capabilities here;
  here.devices = {{"cpu", "a processor", {Precision::fp32, Precision::int8}}};
  here.threads = true;
  here.options = option_texts();
  return here;
}

Error refusal(const engine::CompileOptions& options) {
  auto request = read_request(options, capabilities(), "there is no driver");
  return request ? Error{Errc::internal, "was taken"} : std::move(request).error();
}

TEST(Request, LeavesEverythingToTheLibraryUnlessItIsAsked) {
  const auto request = read_request({}, capabilities(), "");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->graph_optimization, ORT_ENABLE_ALL);
  EXPECT_TRUE(request->spinning);
  EXPECT_TRUE(request->memory_pattern);
  for (const auto& [key, setting] : request->settings) EXPECT_EQ(setting.requested, "auto") << key;
}

TEST(Request, TakesEveryOption) {
  engine::CompileOptions options;
  options.threads = 3;
  options.options = {{"graph_optimization", "basic"}, {"spinning", "off"}, {"memory_pattern", "off"}};
  const auto request = read_request(options, capabilities(), "");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->graph_optimization, ORT_ENABLE_BASIC);
  EXPECT_FALSE(request->spinning);
  EXPECT_FALSE(request->memory_pattern);
  EXPECT_EQ(request->threads, 3);
  EXPECT_EQ(request->settings.at("graph_optimization").requested, "basic");
  EXPECT_EQ(request->settings.at("spinning").effective, "off");
  EXPECT_EQ(request->settings.at("threads").requested, "3");
}

TEST(Request, SaysWhatAnOptionMayBe) {
  engine::CompileOptions options;
  options.options["graph_optimization"] = "extendet";
  const Error level = refusal(options);
  EXPECT_EQ(level.code(), Errc::invalid_input);
  EXPECT_THAT(level.message(), AllOf(HasSubstr("extendet"), HasSubstr("disable, basic, extended, all"),
                                     HasSubstr("did you mean 'extended'?")));
  options.options = {{"spinning", "1"}};
  EXPECT_THAT(refusal(options).message(), AllOf(HasSubstr("'1'"), HasSubstr("on, off")));
  options.options = {{"spining", "on"}};
  EXPECT_THAT(refusal(options).message(), HasSubstr("did you mean 'spinning'?"));
}

TEST(Request, ForACardThatIsNotHereSaysWhy) {
  engine::CompileOptions options;
  options.device = "cuda:0";
  const Error error = refusal(options);
  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("cuda:0"), HasSubstr("there is no driver")));
}

TEST(Request, ForFp16SaysWhatWouldRunInstead) {
  engine::CompileOptions options;
  options.precision = Precision::fp16;
  const Error error = refusal(options);
  EXPECT_EQ(error.code(), Errc::unsupported);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("fp16"), HasSubstr("in fp32")));
}

}  // namespace
}  // namespace deepgap::engines::onnxruntime

#include "deepgap/engine/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deepgap::engine {
namespace {

using ::testing::HasSubstr;

Capabilities capabilities() {
  Capabilities made;
  made.devices = {{"cpu", "a processor", {}}, {"cuda:0", "a card", {}}};
  made.options = {{"graph", "on | off"}, {"candidates", "a number"}};
  return made;
}

TEST(Refusal, FindsTheDeviceOrNamesThoseThatAreThere) {
  const Capabilities here = capabilities();
  const auto found = find_device("mine", "cuda:0", here);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->name, "a card");
  const auto missing = find_device("mine", "cuda:7", here);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Errc::unavailable);
  EXPECT_EQ(missing.error().message(), "mine: device 'cuda:7' is not here (there is: cpu, cuda:0)");
}

TEST(Refusal, NamesTheNearestOption) {
  CompileOptions options;
  options.options["graph"] = "anything";
  EXPECT_TRUE(check_option_names("mine", options, capabilities())) << "values are the engine's to judge";
  options.options["grahp"] = "on";
  const Status checked = check_option_names("mine", options, capabilities());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), Errc::invalid_input);
  EXPECT_THAT(checked.error().message(), HasSubstr("mine: option 'grahp' is not one of: candidates, graph"));
  EXPECT_THAT(checked.error().message(), HasSubstr("did you mean 'graph'"));
}

}  // namespace
}  // namespace deepgap::engine

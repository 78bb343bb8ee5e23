#include <algorithm>
#include <set>

#include "contract_support.hpp"

namespace deepgap::contract {
namespace {

using Capabilities = EngineTest;
DEEPGAP_EVERY_ENGINE(Capabilities);

TEST_P(Capabilities, NameIsThePlugInsAndTheVersionIsKnown) {
  EXPECT_EQ(engine().name(), GetParam());
  EXPECT_FALSE(engine().version().empty());
}

TEST_P(Capabilities, DevicesAreNamedOnceAndRunFp32) {
  const auto& devices = engine().capabilities().devices;
  ASSERT_FALSE(devices.empty());
  std::set<std::string> ids;
  for (const auto& device : devices) {
    EXPECT_TRUE(ids.insert(device.id).second) << device.id << " twice";
    EXPECT_FALSE(device.name.empty());
    EXPECT_NE(std::ranges::find(device.precisions, Precision::fp32), device.precisions.end());
    EXPECT_EQ(std::set<Precision>(device.precisions.begin(), device.precisions.end()).size(),
              device.precisions.size());
  }
}

TEST_P(Capabilities, EveryOptionSaysWhatItDoes) {
  for (const auto& [key, text] : engine().capabilities().options) EXPECT_FALSE(text.empty()) << key;
}

TEST_P(Capabilities, PlugInCanBeClosedAndOpenedAgain) {
  for (int round = 0; round < 3; ++round) {
    auto plugin = engine::LoadedPlugin::open(plugin_path(GetParam()));
    ASSERT_TRUE(plugin) << plugin.error().message();
    auto created = plugin->plugin().create();
    ASSERT_TRUE(created) << created.error().message();
    const Network network = tiny(1);
    auto model = (*created)->compile(network.source(), on_a_device_of(**created, {}));
    ASSERT_TRUE(model) << model.error().message();
    const auto session = open(**model);
    ASSERT_NE(session, nullptr);
    EXPECT_TRUE(session->run());
  }
}

}  // namespace
}  // namespace deepgap::contract

#include "deepgap/host/devices.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace deepgap::host {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string shipped_table() {
  std::ifstream file{DEEPGAP_TEST_DATA "/../../data/devices.csv", std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

constexpr std::string_view kHeader =
    "device,driver_names,memory_gb_per_s,fp32_tflops,tf32_tflops,fp16_tflops,int8_tops,fp8_tflops,source\n";

TEST(Devices, EveryRowOfTheShippedTableHasANameAPeakAndASource) {
  const auto devices = parse_devices(shipped_table());
  ASSERT_TRUE(devices) << devices.error().message();
  EXPECT_EQ(devices->size(), 15U);
  for (const DeviceFacts& device : *devices) {
    EXPECT_FALSE(device.driver_names.empty()) << device.name;
    EXPECT_TRUE(device.bytes_per_s && device.fp32_per_s) << device.name;
    EXPECT_FALSE(device.source.empty()) << device.name;
  }
}

TEST(Devices, AreFoundByTheDriversName) {
  const auto devices = parse_devices(shipped_table());
  ASSERT_TRUE(devices);
  const DeviceFacts* l4 = find_device(*devices, "NVIDIA L4");
  ASSERT_NE(l4, nullptr);
  EXPECT_EQ(l4->name, "L4");
  EXPECT_DOUBLE_EQ(l4->bytes_per_s.value(), 300e9);
  EXPECT_DOUBLE_EQ(operations_per_s(*l4, "tf32").value(), 60e12);
  EXPECT_DOUBLE_EQ(operations_per_s(*l4, "bf16").value(), 121e12);
  ASSERT_NE(find_device(*devices, "NVIDIA H100 80GB HBM3"), nullptr);
  EXPECT_EQ(find_device(*devices, "NVIDIA H100 80GB HBM3")->name, "H100-SXM");
  for (const char* other : {"", "L4", "NVIDIA A10G", "NVIDIA A100-SXM4-40GB MIG 1g.5gb"})
    EXPECT_EQ(find_device(*devices, other), nullptr) << other;
}

TEST(Devices, LackWhatTheirGenerationLacks) {
  const auto devices = parse_devices(shipped_table());
  ASSERT_TRUE(devices);
  const DeviceFacts* t4 = find_device(*devices, "Tesla T4");
  ASSERT_NE(t4, nullptr);
  EXPECT_TRUE(operations_per_s(*t4, "fp16"));
  EXPECT_FALSE(operations_per_s(*t4, "bf16"));
  EXPECT_FALSE(operations_per_s(*t4, "fp8"));
  EXPECT_FALSE(operations_per_s(*t4, "int3"));
}

TEST(Devices, RefuseATableThatCannotBeRead) {
  const std::string header{kHeader};
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "no column 'device'"},
           {"device,source\n", "no column 'driver_names'"},
           {header + "L4,NVIDIA L4,300\n", "line 2: 9 cells"},
           {header + "a,b,1,2,,,,,s\nL4,NVIDIA L4,fast,30,,,,,s\n", "line 3: memory_gb_per_s is 'fast'"},
           {header + "L4,NVIDIA L4,300,-1,,,,,s\n", "fp32_tflops is '-1'"},
           {header + "L4,NVIDIA L4,300,nan,,,,,s\n", "fp32_tflops is 'nan'"},
           {header + "L4,NVIDIA L4,300,1e999,,,,,s\n", "fp32_tflops"}}) {
    const auto devices = parse_devices(text);
    ASSERT_FALSE(devices) << text;
    EXPECT_EQ(devices.error().code(), Errc::invalid_input);
    EXPECT_THAT(devices.error().message(), AllOf(HasSubstr("devices.csv"), HasSubstr(why)));
  }
}

}  // namespace
}  // namespace deepgap::host

#include "deepgap/telemetry/nvml.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

namespace deepgap::telemetry {
namespace {

// Declared here, so that the program builds and starts without NVIDIA's headers: part of the stable ABI.
struct ViolationTime {
  unsigned long long reference_us, violation_ns;
};
constexpr int kClockSm = 1, kTemperatureGpu = 0, kPolicyPower = 0, kPolicyThermal = 1;
constexpr std::size_t kBusIdSize = 32;

class Library {
 public:
  static Result<Library> open(const char* name) {
    void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
      return Error{Errc::unavailable, fmt::format("{} cannot be opened; install the NVIDIA driver", name)};
    return Library{handle};
  }
  // nullptr when the library is older than the function.
  template <class Function>
  Function* find(const char* name) const {
    return reinterpret_cast<Function*>(::dlsym(handle_.get(), name));
  }

 private:
  struct Closer {
    void operator()(void* handle) const noexcept { ::dlclose(handle); }
  };
  explicit Library(void* handle) : handle_{handle} {}
  std::unique_ptr<void, Closer> handle_;
};

class Card final : public NvmlCard {
 public:
  static Result<std::unique_ptr<NvmlCard>> open(const std::string& bus_id) {
    auto library = Library::open("libnvidia-ml.so.1");
    if (!library) return std::move(library).error();
    auto card = std::unique_ptr<Card>{new Card{*std::move(library)}};
    const auto init = card->library_.find<int()>("nvmlInit_v2");
    const auto handle = card->library_.find<int(const char*, void**)>("nvmlDeviceGetHandleByPciBusId_v2");
    if (init == nullptr || handle == nullptr || init() != 0)
      return Error{Errc::unavailable, "NVML does not start; see what nvidia-smi says"};
    card->started_ = true;
    if (handle(bus_id.c_str(), &card->device_) != 0)
      return Error{Errc::unavailable, fmt::format("NVML does not know the card at {}", bus_id)};
    return std::unique_ptr<NvmlCard>{std::move(card)};
  }
  ~Card() override {
    const auto shutdown = library_.find<int()>("nvmlShutdown");
    if (started_ && shutdown != nullptr) shutdown();
  }

  std::optional<std::int64_t> sm_mhz() override {
    return selected<unsigned>("nvmlDeviceGetClockInfo", kClockSm);
  }
  std::optional<std::int64_t> temperature_c() override {
    return selected<unsigned>("nvmlDeviceGetTemperature", kTemperatureGpu);
  }
  std::optional<std::int64_t> power_mw() override { return plain<unsigned>("nvmlDeviceGetPowerUsage"); }
  std::optional<std::int64_t> energy_mj() override {
    return plain<unsigned long long>("nvmlDeviceGetTotalEnergyConsumption");
  }
  std::optional<std::uint64_t> clock_event_bits() override {
    const auto bits = plain<unsigned long long>("nvmlDeviceGetCurrentClocksThrottleReasons");
    if (!bits) return std::nullopt;
    return static_cast<std::uint64_t>(*bits);
  }
  std::optional<std::chrono::nanoseconds> held_by_power() override { return held_by(kPolicyPower); }
  std::optional<std::chrono::nanoseconds> held_by_heat() override { return held_by(kPolicyThermal); }

 private:
  explicit Card(Library library) : library_{std::move(library)} {}

  template <class Number>
  std::optional<std::int64_t> plain(const char* name) {
    Number value{};
    const auto get = library_.find<int(void*, Number*)>(name);
    if (get == nullptr || get(device_, &value) != 0) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  template <class Number>
  std::optional<std::int64_t> selected(const char* name, int which) {
    Number value{};
    const auto get = library_.find<int(void*, int, Number*)>(name);
    if (get == nullptr || get(device_, which, &value) != 0) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  std::optional<std::chrono::nanoseconds> held_by(int policy) {
    ViolationTime time{};
    const auto get = library_.find<int(void*, int, ViolationTime*)>("nvmlDeviceGetViolationStatus");
    if (get == nullptr || get(device_, policy, &time) != 0) return std::nullopt;
    return std::chrono::nanoseconds{static_cast<std::int64_t>(time.violation_ns)};
  }

  Library library_;
  void* device_ = nullptr;
  bool started_ = false;
};

// CUDA and NVML number the cards differently; the place on the bus is the same for both.
Result<std::string> bus_id_of(int cuda_index) {
  auto library = Library::open("libcuda.so.1");
  if (!library) return std::move(library).error();
  const auto init = library->find<int(unsigned)>("cuInit");
  const auto get = library->find<int(int*, int)>("cuDeviceGet");
  const auto bus_id = library->find<int(char*, int, int)>("cuDeviceGetPCIBusId");
  int device = 0;
  std::array<char, kBusIdSize> text{};
  const bool found = init != nullptr && get != nullptr && bus_id != nullptr && init(0) == 0 &&
                     get(&device, cuda_index) == 0 &&
                     bus_id(text.data(), static_cast<int>(text.size()) - 1, device) == 0;
  if (!found) return Error{Errc::unavailable, fmt::format("CUDA does not find a card number {}", cuda_index)};
  return std::string{text.data()};
}

}  // namespace

Result<std::unique_ptr<NvmlCard>> open_nvml(int cuda_index) {
  auto bus_id = bus_id_of(cuda_index);
  if (!bus_id) return std::move(bus_id).error();
  return Card::open(*bus_id);
}

}  // namespace deepgap::telemetry

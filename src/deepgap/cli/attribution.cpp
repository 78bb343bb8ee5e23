#include "deepgap/cli/attribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "deepgap/advise/bound.hpp"
#include "deepgap/engine/catalog.hpp"

namespace deepgap::cli {
namespace {

bool computes(std::string_view engine) {
  const engine::CatalogEntry* entry = engine::find(engine);
  return entry == nullptr || !entry->fake;
}

double bytes_of(std::span<const TensorSpec> specs) {
  double bytes = 0;
  for (const TensorSpec& spec : specs) {
    auto size = static_cast<double>(size_of(spec.dtype));
    for (const std::int64_t dim : spec.shape) size *= static_cast<double>(dim);
    bytes += size;
  }
  return bytes;
}

advise::CallCost cost_of(const measure::PreparedModel* model) {
  if (model == nullptr) return {};
  return {model->macs, model->parameter_bytes, model->activation_bytes,
          bytes_of(model->inputs) + bytes_of(model->outputs)};
}

// Known for fp32 only: what else a core computes in depends on instructions that the probe does not have.
advise::Peaks peaks_of(const host::CpuPeaks& cpu, const record::Row& row, const std::string& precision) {
  advise::Peaks peaks;
  peaks.whose = "this CPU reaches (measured)";
  peaks.bytes_per_s = cpu.bytes_per_s;
  peaks.cache_bytes = static_cast<double>(cpu.cache_bytes.value_or(0));
  if (precision != "fp32" || !cpu.fp32_per_s) return peaks;
  const auto threads = std::clamp<std::int64_t>(row.threads.value_or(cpu.threads), 1, cpu.threads);
  peaks.operations_per_s = *cpu.fp32_per_s * static_cast<double>(threads) / static_cast<double>(cpu.threads);
  if (threads < cpu.threads)
    peaks.whose = fmt::format("{} of its {} cores reach (measured)", threads, cpu.threads);
  return peaks;
}

advise::Peaks peaks_of(const host::DeviceFacts& device, const std::string& precision) {
  return {.whose = fmt::format("of the {} (devices.csv)", device.name),
          .operations_per_s = host::operations_per_s(device, precision),
          .bytes_per_s = device.bytes_per_s};
}

}  // namespace

Attribution::Attribution(const host::Machine& machine, std::span<const worker::PlannedCase> cases) {
  const auto on_cpu = [](const worker::PlannedCase& planned) {
    return !planned.skip && planned.c.device == "cpu" && computes(planned.c.engine);
  };
  if (std::ranges::any_of(cases, on_cpu)) cpu_ = host::measure_peaks(machine);
  if (auto devices = host::load_devices(); devices) devices_ = *std::move(devices);
}

void Attribution::attribute(record::Row& row, std::span<const record::Round> rounds,
                            const measure::PreparedModel* model) const {
  std::optional<advise::Peaks> peaks;
  const std::string precision = row.precision_effective.value_or(row.precision_requested);
  if (!computes(row.engine)) {
    // A fake engine's speed has nothing to do with any device's.
  } else if (row.device == "cpu") {
    if (cpu_) peaks = peaks_of(*cpu_, row, precision);
  } else if (const auto* device = host::find_device(devices_, row.device_name.value_or(""));
             device != nullptr) {
    peaks = peaks_of(*device, precision);
  }
  auto found = advise::bound(row, rounds, cost_of(model), peaks);
  if (!found) return;
  row.bound_by = std::move(found->by);
  row.bound_evidence = std::move(found->evidence);
}

std::string Attribution::settings_json() const {
  nlohmann::json settings = nlohmann::json::object();
  if (cpu_) settings["cpu_peaks"] = host::to_json(*cpu_);
  return settings.dump();
}

}  // namespace deepgap::cli

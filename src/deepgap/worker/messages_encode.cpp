#include "deepgap/worker/messages.hpp"

#include <span>
#include <utility>

namespace deepgap::worker {
namespace {

using nlohmann::json;

json binary(ConstBytes bytes) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return json::binary({begin, begin + bytes.size()});
}

json put(const TensorSpec& spec) {
  return {{"name", spec.name}, {"dtype", name(spec.dtype)}, {"shape", spec.shape}};
}

json put(const std::vector<TensorSpec>& specs) {
  json list = json::array();
  for (const TensorSpec& spec : specs) list.push_back(put(spec));
  return list;
}

template <class T>
json put(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json put_ns(const std::vector<std::int64_t>& values) { return binary(std::as_bytes(std::span{values})); }

json put(const engine::Settings& settings) {
  json object = json::object();
  for (const auto& [key, setting] : settings) object[key] = {setting.requested, put(setting.effective)};
  return object;
}

}  // namespace

json encode(const Hello& value) {
  const engine::Capabilities& c = value.capabilities;
  json devices = json::array();
  for (const engine::Device& device : c.devices) {
    json precisions = json::array();
    for (const Precision precision : device.precisions) precisions.push_back(name(precision));
    devices.push_back({{"id", device.id},
                       {"name", device.name},
                       {"precisions", precisions},
                       {"memory_mb", device.memory_mb}});
  }
  return {{"engine", value.engine},
          {"version", value.version},
          {"devices", devices},
          {"int8_activations", name(c.int8_activations)},
          {"typed_networks", c.typed_networks},
          {"asynchronous", c.asynchronous},
          {"threads", c.threads},
          {"streams", c.streams},
          {"hints", c.hints},
          {"operators", c.operators},
          {"options", json(c.options)}};
}

json encode(const CompileRequest& value) {
  const engine::CompileOptions& o = value.options;
  return {{"model_name", value.model_name},
          {"model_file", value.model_file},
          {"model_hash", value.model_hash},
          {"inputs", put(value.inputs)},
          {"batch", value.batch},
          {"device", o.device},
          {"precision", name(o.precision)},
          {"threads", o.threads},
          {"streams", o.streams},
          {"hint", o.hint},
          {"options", json(o.options)},
          {"cache_dir", o.cache_dir},
          {"conditions", {value.conditions.cold, value.conditions.fresh, value.conditions.sweep_bytes}}};
}

json encode(const CompileReply& value) {
  const engine::Effective& e = value.effective;
  return {{"precision", e.precision ? json(name(*e.precision)) : json(nullptr)},
          {"precision_evidence", e.precision_evidence},
          {"threads", e.threads},
          {"streams", e.streams},
          {"in_flight", e.in_flight},
          {"call", {e.call.copies, e.call.sync, e.call.launch}},
          {"settings", put(e.settings)},
          {"mistrust", e.mistrust},
          {"inputs", put(value.inputs)},
          {"outputs", put(value.outputs)},
          {"compile_s", value.compile_s},
          {"first_call_ms", value.first_call_ms},
          {"sweep", put(value.sweep)}};
}

json encode(const RoundRequest& value) {
  return {{"index", value.index},
          {"process", value.process},
          {"rounds", value.rounds},
          {"target", value.target},
          {"stop_on", value.stop_on},
          {"min_samples", value.min_samples},
          {"min_s", value.min_s},
          {"cap_s", value.cap_s},
          {"level", value.level},
          {"planned_samples", put(value.planned_samples)},
          {"study_warmups", put(value.study_warmups)},
          {"slow_samples", value.slow_samples},
          {"slow_after_s", value.slow_after_s}};
}

json encode(const record::Round& value) {
  json blocks = json::array();
  for (const record::Block& b : value.blocks)
    blocks.push_back({b.first_sample, b.samples, put(b.foreign_cpu_share), put(b.throttled_share),
                      put(b.cpu_mhz), put(b.steal_share), put(b.device_mhz), put(b.device_temperature_c),
                      put(b.device_power_w), put(b.throttle_reasons)});
  return {{"index", value.index},
          {"process", value.process},
          {"started_at", value.started_at},
          {"duration_s", value.duration_s},
          {"label", value.label},
          {"stopped_by", value.stopped_by},
          {"samples", value.samples},
          {"warmup_samples", value.warmup_samples},
          {"looks", value.looks},
          {"mean_s", value.mean_s},
          {"half_s", put(value.half_s)},
          {"drift_s", put(value.drift_s)},
          {"drift_bound_s", put(value.drift_bound_s)},
          {"rise_s", put(value.rise_s)},
          {"pipelined_per_s", put(value.pipelined_per_s)},
          {"pipelined_half", put(value.pipelined_half)},
          {"pipelined_samples", value.pipelined_samples},
          {"device_mean_s", put(value.device_mean_s)},
          {"excluded", value.excluded},
          {"rare", value.rare},
          {"events", value.events},
          {"in_flight", value.in_flight},
          {"throughput_per_s", put(value.throughput_per_s)},
          {"energy_j", put(value.energy_j)},
          {"idle_power_w", put(value.idle_power_w)},
          {"blocks", blocks},
          {"latencies_ns", put_ns(value.latencies_ns)},
          {"ends_ns", put_ns(value.ends_ns)}};
}

json encode(const std::vector<Tensor>& value) {
  json list = json::array();
  for (const Tensor& tensor : value)
    list.push_back({{"dtype", name(tensor.dtype)}, {"shape", tensor.shape}, {"bytes", binary(tensor.bytes)}});
  return list;
}

json encode(const Error& error) {
  return {{"error", {{"code", static_cast<int>(error.code())}, {"message", error.message()}}}};
}

}  // namespace deepgap::worker

#include "deepgap/worker/messages.hpp"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace deepgap::worker {
namespace {

using nlohmann::json;

// The readers below throw json exceptions or std::invalid_argument; decode() turns both into an Error.
template <class Enum>
Enum need(std::optional<Enum> value, const char* what) {
  if (!value) throw std::invalid_argument{what};
  return *value;
}

DType get_dtype(const json& j) { return need(dtype_from(j.get<std::string>()), "dtype"); }
Precision get_precision(const json& j) { return need(precision_from(j.get<std::string>()), "precision"); }

TensorSpec get_spec(const json& j) {
  return {j.at("name").get<std::string>(), get_dtype(j.at("dtype")), j.at("shape").get<Shape>()};
}

std::vector<TensorSpec> get_specs(const json& j) {
  std::vector<TensorSpec> specs;
  for (const json& item : j) specs.push_back(get_spec(item));
  return specs;
}

template <class T>
std::optional<T> get_optional(const json& j) {
  if (j.is_null()) return std::nullopt;
  return j.get<T>();
}

std::vector<std::int64_t> get_ns(const json& j) {
  const auto& bytes = j.get_binary();
  if (bytes.size() % sizeof(std::int64_t) != 0) throw std::invalid_argument{"samples"};
  std::vector<std::int64_t> values(bytes.size() / sizeof(std::int64_t));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

using Options = std::map<std::string, std::string, std::less<>>;

Options get_options(const json& j) {
  Options options;
  for (const auto& [key, value] : j.items()) options.emplace(key, value.get<std::string>());
  return options;
}

engine::Settings get_settings(const json& j) {
  engine::Settings settings;
  for (const auto& [key, pair] : j.items())
    settings.emplace(key,
                     engine::Setting{pair.at(0).get<std::string>(), get_optional<std::string>(pair.at(1))});
  return settings;
}

void get(const json& j, Hello& value) {
  value.engine = j.at("engine").get<std::string>();
  value.version = j.at("version").get<std::string>();
  engine::Capabilities& c = value.capabilities;
  for (const json& item : j.at("devices")) {
    engine::Device device{item.at("id").get<std::string>(), item.at("name").get<std::string>(), {}, 0};
    for (const json& precision : item.at("precisions")) device.precisions.push_back(get_precision(precision));
    device.memory_mb = item.at("memory_mb").get<double>();
    c.devices.push_back(std::move(device));
  }
  c.int8_activations =
      need(int8_activations_from(j.at("int8_activations").get<std::string>()), "int8_activations");
  c.typed_networks = j.at("typed_networks").get<bool>();
  c.asynchronous = j.at("asynchronous").get<bool>();
  c.threads = j.at("threads").get<bool>();
  c.streams = j.at("streams").get<bool>();
  c.hints = j.at("hints").get<std::vector<std::string>>();
  c.operators = j.at("operators").get<std::vector<std::string>>();
  c.options = get_options(j.at("options"));
}

void get(const json& j, CompileRequest& value) {
  value.model_name = j.at("model_name").get<std::string>();
  value.model_file = j.at("model_file").get<std::string>();
  value.model_hash = j.at("model_hash").get<std::string>();
  value.inputs = get_specs(j.at("inputs"));
  value.batch = j.at("batch").get<std::int64_t>();
  engine::CompileOptions& o = value.options;
  o.device = j.at("device").get<std::string>();
  o.precision = get_precision(j.at("precision"));
  o.threads = j.at("threads").get<int>();
  o.streams = j.at("streams").get<int>();
  o.hint = j.at("hint").get<std::string>();
  o.options = get_options(j.at("options"));
  o.cache_dir = j.at("cache_dir").get<std::string>();
  const json& conditions = j.at("conditions");
  value.conditions = {conditions.at(0).get<bool>(), conditions.at(1).get<bool>(),
                      conditions.at(2).get<std::int64_t>()};
}

void get(const json& j, CompileReply& value) {
  engine::Effective& e = value.effective;
  if (!j.at("precision").is_null()) e.precision = get_precision(j.at("precision"));
  e.precision_evidence = j.at("precision_evidence").get<std::string>();
  e.threads = j.at("threads").get<int>();
  e.streams = j.at("streams").get<int>();
  e.in_flight = j.at("in_flight").get<int>();
  const json& call = j.at("call");
  e.call = {call.at(0).get<bool>(), call.at(1).get<std::string>(), call.at(2).get<std::string>()};
  e.settings = get_settings(j.at("settings"));
  e.mistrust = j.at("mistrust").get<std::vector<std::string>>();
  value.inputs = get_specs(j.at("inputs"));
  value.outputs = get_specs(j.at("outputs"));
  value.compile_s = j.at("compile_s").get<double>();
  value.first_call_ms = j.at("first_call_ms").get<double>();
  value.sweep = get_optional<std::string>(j.at("sweep"));
}

void get(const json& j, RoundRequest& value) {
  value.index = j.at("index").get<std::int64_t>();
  value.process = j.at("process").get<std::int64_t>();
  value.rounds = j.at("rounds").get<int>();
  value.target = j.at("target").get<double>();
  value.stop_on = j.at("stop_on").get<std::string>();
  value.min_samples = j.at("min_samples").get<std::int64_t>();
  value.min_s = j.at("min_s").get<double>();
  value.cap_s = j.at("cap_s").get<double>();
  value.level = j.at("level").get<double>();
  value.slow_samples = j.at("slow_samples").get<std::int64_t>();
  value.slow_after_s = j.at("slow_after_s").get<double>();
  value.planned_samples = get_optional<std::int64_t>(j.at("planned_samples"));
  value.study_warmups = get_optional<int>(j.at("study_warmups"));
}

void get(const json& j, record::Block& value) {
  value.first_sample = j.at(0).get<std::int64_t>();
  value.samples = j.at(1).get<std::int64_t>();
  value.foreign_cpu_share = get_optional<double>(j.at(2));
  value.throttled_share = get_optional<double>(j.at(3));
  value.cpu_mhz = get_optional<double>(j.at(4));
  value.steal_share = get_optional<double>(j.at(5));
  value.device_mhz = get_optional<double>(j.at(6));
  value.device_temperature_c = get_optional<double>(j.at(7));
  value.device_power_w = get_optional<double>(j.at(8));
  value.throttle_reasons = get_optional<std::string>(j.at(9));
}

void get(const json& j, record::Round& value) {
  value.index = j.at("index").get<std::int64_t>();
  value.process = j.at("process").get<std::int64_t>();
  value.started_at = j.at("started_at").get<std::string>();
  value.duration_s = j.at("duration_s").get<double>();
  value.label = j.at("label").get<std::string>();
  value.stopped_by = j.at("stopped_by").get<std::string>();
  value.samples = j.at("samples").get<std::int64_t>();
  value.warmup_samples = j.at("warmup_samples").get<std::int64_t>();
  value.looks = j.at("looks").get<std::int64_t>();
  value.mean_s = j.at("mean_s").get<double>();
  value.half_s = get_optional<double>(j.at("half_s"));
  value.drift_s = get_optional<double>(j.at("drift_s"));
  value.drift_bound_s = get_optional<double>(j.at("drift_bound_s"));
  value.rise_s = get_optional<double>(j.at("rise_s"));
  value.pipelined_per_s = get_optional<double>(j.at("pipelined_per_s"));
  value.pipelined_half = get_optional<double>(j.at("pipelined_half"));
  value.pipelined_samples = j.at("pipelined_samples").get<std::int64_t>();
  value.device_mean_s = get_optional<double>(j.at("device_mean_s"));
  value.excluded = j.at("excluded").get<bool>();
  value.rare = j.at("rare").get<bool>();
  value.events = j.at("events").get<std::int64_t>();
  value.in_flight = j.at("in_flight").get<std::int64_t>();
  value.throughput_per_s = get_optional<double>(j.at("throughput_per_s"));
  value.energy_j = get_optional<double>(j.at("energy_j"));
  value.idle_power_w = get_optional<double>(j.at("idle_power_w"));
  for (const json& item : j.at("blocks")) get(item, value.blocks.emplace_back());
  value.latencies_ns = get_ns(j.at("latencies_ns"));
  value.ends_ns = get_ns(j.at("ends_ns"));
}

void get(const json& j, std::vector<Tensor>& value) {
  for (const json& item : j) {
    Tensor tensor{get_dtype(item.at("dtype")), item.at("shape").get<Shape>(), {}};
    const auto& bytes = item.at("bytes").get_binary();
    const auto count = element_count(tensor.shape);
    if (!count || static_cast<std::size_t>(*count) * size_of(tensor.dtype) != bytes.size())
      throw std::invalid_argument{"tensor size"};
    tensor.bytes.resize(bytes.size());
    if (!bytes.empty()) std::memcpy(tensor.bytes.data(), bytes.data(), bytes.size());
    value.push_back(std::move(tensor));
  }
}

}  // namespace

template <class T>
Result<T> decode(const json& message) {
  try {
    T value{};
    get(message, value);
    return value;
  } catch (const json::exception& e) {
    return Error{Errc::io, fmt::format("malformed message: {}", e.what())};
  } catch (const std::invalid_argument& e) {
    return Error{Errc::io, fmt::format("malformed message: bad {}", e.what())};
  }
}

template Result<Hello> decode(const json&);
template Result<CompileRequest> decode(const json&);
template Result<CompileReply> decode(const json&);
template Result<RoundRequest> decode(const json&);
template Result<record::Round> decode(const json&);
template Result<std::vector<Tensor>> decode(const json&);

Error decode_error(const json& message) {
  const auto it = message.find("error");
  if (it != message.end() && it->is_object() && it->contains("code") && it->contains("message") &&
      (*it)["code"].is_number_integer() && (*it)["message"].is_string()) {
    const int code = (*it)["code"].get<int>();
    if (code >= 0 && code <= static_cast<int>(Errc::internal))
      return Error{static_cast<Errc>(code), (*it)["message"].get<std::string>()};
  }
  return Error{Errc::io, "malformed error message"};
}

}  // namespace deepgap::worker

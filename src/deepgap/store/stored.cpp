#include "deepgap/store/stored.hpp"

#include <nlohmann/json.hpp>

#include "deepgap/core/text.hpp"

namespace deepgap::store {

namespace {

using nlohmann::json;

// JSON is UTF-8: bytes that are not, from an engine's message say, become U+FFFD.
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Error not_ours(std::string_view text) {
  return Error{Errc::invalid_input, "it holds '" + printable(text, 60) + "', which deepgap does not write"};
}

}  // namespace

void Stored<bool>::write(bool value, Query& into) { into.bind(std::int64_t{value}); }
Status Stored<bool>::read(bool& value, const Query& from, int at) {
  value = from.integer(at) != 0;
  return {};
}

void Stored<std::int64_t>::write(std::int64_t value, Query& into) { into.bind(value); }
Status Stored<std::int64_t>::read(std::int64_t& value, const Query& from, int at) {
  value = from.integer(at);
  return {};
}

void Stored<std::optional<std::int64_t>>::write(const std::optional<std::int64_t>& value, Query& into) {
  into.bind(value);
}
Status Stored<std::optional<std::int64_t>>::read(std::optional<std::int64_t>& value, const Query& from,
                                                 int at) {
  value = from.maybe_integer(at);
  return {};
}

void Stored<double>::write(double value, Query& into) { into.bind(value); }
Status Stored<double>::read(double& value, const Query& from, int at) {
  value = from.real(at);
  return {};
}

void Stored<std::optional<double>>::write(const std::optional<double>& value, Query& into) {
  into.bind(value);
}
Status Stored<std::optional<double>>::read(std::optional<double>& value, const Query& from, int at) {
  value = from.maybe_real(at);
  return {};
}

void Stored<std::string>::write(const std::string& value, Query& into) { into.bind(value); }
Status Stored<std::string>::read(std::string& value, const Query& from, int at) {
  value = from.text(at);
  return {};
}

void Stored<std::optional<std::string>>::write(const std::optional<std::string>& value, Query& into) {
  into.bind(value);
}
Status Stored<std::optional<std::string>>::read(std::optional<std::string>& value, const Query& from,
                                                int at) {
  value = from.maybe_text(at);
  return {};
}

void Stored<std::vector<std::string>>::write(const std::vector<std::string>& value, Query& into) {
  into.bind(dump(value));
}

Status Stored<std::vector<std::string>>::read(std::vector<std::string>& value, const Query& from, int at) {
  const std::string text = from.text(at);
  const json list = json::parse(text, nullptr, false);
  if (!list.is_array()) return not_ours(text);
  value.clear();
  for (const auto& entry : list) {
    if (!entry.is_string()) return not_ours(text);
    value.push_back(entry.get<std::string>());
  }
  return {};
}

void Stored<std::optional<record::Estimate>>::write(const std::optional<record::Estimate>& value,
                                                    Query& into) {
  const auto known = value.value_or(record::Estimate{});
  into.bind(value ? std::optional{known.value} : std::nullopt, known.lo, known.hi);
}

Status Stored<std::optional<record::Estimate>>::read(std::optional<record::Estimate>& value,
                                                     const Query& from, int at) {
  value.reset();
  if (!from.is_null(at)) {
    value = record::Estimate{from.real(at), from.maybe_real(at + 1), from.maybe_real(at + 2)};
  }
  return {};
}

void Stored<record::Outcome>::write(record::Outcome value, Query& into) { into.bind(name(value)); }

Status Stored<record::Outcome>::read(record::Outcome& value, const Query& from, int at) {
  const std::string text = from.text(at);
  const auto found = record::outcome_from(text);
  if (!found) return not_ours(text);
  value = *found;
  return {};
}

void Stored<record::Settings>::write(const record::Settings& value, Query& into) {
  json requested = json::object(), effective = json::object();
  for (const auto& [key, setting] : value) {
    requested[key] = setting.requested;
    if (setting.effective) effective[key] = *setting.effective;
  }
  into.bind(dump(requested), dump(effective));
}

Status Stored<record::Settings>::read(record::Settings& value, const Query& from, int at) {
  value.clear();
  const std::string text[] = {from.text(at), from.text(at + 1)};
  for (const bool is_effective : {false, true}) {
    const std::string& here = text[is_effective ? 1 : 0];
    const json object = json::parse(here, nullptr, false);
    if (!object.is_object()) return not_ours(here);
    for (const auto& [key, entry] : object.items()) {
      if (!entry.is_string()) return not_ours(here);
      auto& setting = value[key];
      if (is_effective) {
        setting.effective = entry.get<std::string>();
      } else {
        setting.requested = entry.get<std::string>();
      }
    }
  }
  return {};
}

void Stored<std::vector<record::Block>>::write(const std::vector<record::Block>& value, Query& into) {
  json list = json::array();
  for (const auto& block : value) {
    json entry = {{"first_sample", block.first_sample}, {"samples", block.samples}};
    if (block.foreign_cpu_share) entry["foreign_cpu_share"] = *block.foreign_cpu_share;
    if (block.throttled_share) entry["throttled_share"] = *block.throttled_share;
    if (block.cpu_mhz) entry["cpu_mhz"] = *block.cpu_mhz;
    if (block.steal_share) entry["steal_share"] = *block.steal_share;
    if (block.device_mhz) entry["device_mhz"] = *block.device_mhz;
    if (block.device_temperature_c) entry["device_temperature_c"] = *block.device_temperature_c;
    if (block.device_power_w) entry["device_power_w"] = *block.device_power_w;
    if (block.throttle_reasons) entry["throttle_reasons"] = *block.throttle_reasons;
    list.push_back(std::move(entry));
  }
  into.bind(dump(list));
}

Status Stored<std::vector<record::Block>>::read(std::vector<record::Block>& value, const Query& from,
                                                int at) {
  const std::string text = from.text(at);
  const json list = json::parse(text, nullptr, false);
  if (!list.is_array()) return not_ours(text);
  value.clear();
  for (const json& entry : list) {
    if (!entry.is_object()) return not_ours(text);
    const auto integer = [&entry](const char* key) {
      const auto found = entry.find(key);
      return found != entry.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
    };
    const auto number = [&entry](const char* key) {
      const auto found = entry.find(key);
      return found != entry.end() && found->is_number() ? std::optional{found->get<double>()} : std::nullopt;
    };
    record::Block& block = value.emplace_back();
    block.first_sample = integer("first_sample");
    block.samples = integer("samples");
    block.foreign_cpu_share = number("foreign_cpu_share");
    block.throttled_share = number("throttled_share");
    block.cpu_mhz = number("cpu_mhz");
    block.steal_share = number("steal_share");
    block.device_mhz = number("device_mhz");
    block.device_temperature_c = number("device_temperature_c");
    block.device_power_w = number("device_power_w");
    const auto reasons = entry.find("throttle_reasons");
    if (reasons != entry.end() && reasons->is_string()) block.throttle_reasons = reasons->get<std::string>();
  }
  return {};
}

}  // namespace deepgap::store

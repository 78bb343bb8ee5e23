#include "deepgap/study/case.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/study/quoting.hpp"
#include "deepgap/study/vocabulary.hpp"

namespace deepgap::study {
namespace {

constexpr std::string_view kExample = "engine=openvino device=cpu model=resnet50 precision=int8 batch=32";

const std::vector<std::string>& keys() {
  static const std::vector<std::string> all{"engine",  "device",   "model",      "precision", "batch",
                                            "threads", "streams",  "hint",       "scenario",  "cache",
                                            "inputs",  "protocol", "calibration"};
  return all;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<Pairs> split(std::string_view text) {
  Pairs pairs;
  for (text = skip_spaces(text); !text.empty(); text = skip_spaces(text)) {
    auto key = take_word(text, "=");
    if (!key) return std::move(key).error();
    if (!text.starts_with('='))
      return Error{Errc::invalid_input,
                   fmt::format("'{}' has no '='; a case is written key=value, as in '{}'",
                               printable(*key, 60), kExample)};
    text.remove_prefix(1);
    auto value = take_word(text, "");
    if (!value) return std::move(value).error().in(printable(*key, 60));
    pairs.emplace_back(*std::move(key), *std::move(value));
  }
  return pairs;
}

template <class T>
Status read_number(const std::string& value, std::int64_t lowest, std::int64_t highest, T& out) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failed != std::errc{} || end != value.data() + value.size() || number < lowest || number > highest)
    return Error{Errc::invalid_input, fmt::format("'{}' is given; allowed: a whole number from {} to {}",
                                                  printable(value, 60), lowest, highest)};
  out = static_cast<T>(number);
  return {};
}

Status read_word(const std::string& value, const std::vector<std::string>& allowed, std::string& out) {
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) return not_allowed(value, allowed);
  out = value;
  return {};
}

Status read_name(const std::string& value, std::string& out) {
  if (value.empty()) return Error{Errc::invalid_input, "is empty"};
  out = value;
  return {};
}

Status set(Case& c, const std::string& key, const std::string& value) {
  if (key == "engine")
    return is_engine_name(value) ? (c.engine = value, Status{}) : Status{bad_engine(value)};
  if (key == "device") return read_name(value, c.device);
  if (key == "model") return read_name(value, c.model);
  if (key == "batch") return read_number(value, 1, kMaxBatch, c.batch);
  if (key == "threads") return read_number(value, 0, kMaxThreads, c.threads);
  if (key == "streams") return read_number(value, 1, kMaxStreams, c.streams);
  if (key == "hint") return read_word(value, hint_words(), c.hint);
  if (key == "scenario") return read_word(value, scenario_words(), c.scenario);
  if (key == "cache") return read_word(value, cache_words(), c.cache);
  if (key == "inputs") return read_word(value, input_words(), c.inputs);
  if (key == "protocol") return read_word(value, protocol_words(), c.protocol);
  if (key == "calibration") return read_word(value, calibration_words(), c.calibration);
  const auto precision = precision_from(value);
  if (!precision) return not_allowed(value, precision_words());
  c.precision = *precision;
  return {};
}

Error unknown_key(const std::string& key, const std::string& engine) {
  return {Errc::invalid_input,
          fmt::format("unknown key '{}';{} allowed: {}, and {}.<option> for the engine's own options",
                      printable(key, 60), nearest_hint(key, keys()), join(keys()), engine)};
}

}  // namespace

bool is_path(std::string_view model) noexcept {
  return model.find('/') != std::string_view::npos || model.ends_with(".onnx");
}

bool is_engine_name(std::string_view text) noexcept {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= 64 && letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
}

std::string canonical(const Case& c) {
  const Case defaults;
  std::string text = fmt::format("engine={} device={} model={} precision={} batch={} threads={} streams={}",
                                 quoted(c.engine), quoted(c.device), quoted(c.model), name(c.precision),
                                 c.batch, c.threads, c.streams);
  if (c.hint != defaults.hint) text += " hint=" + quoted(c.hint);
  if (c.scenario != defaults.scenario) text += " scenario=" + quoted(c.scenario);
  if (c.cache != defaults.cache) text += " cache=" + quoted(c.cache);
  if (c.inputs != defaults.inputs) text += " inputs=" + quoted(c.inputs);
  if (c.protocol != defaults.protocol) text += " protocol=" + quoted(c.protocol);
  if (c.calibration != defaults.calibration) text += " calibration=" + quoted(c.calibration);
  for (const auto& [key, value] : c.options)
    text += ' ' + quoted(c.engine + '.' + key, "=") + '=' + quoted(value);
  return text;
}

Result<Case> parse_case(std::string_view text) {
  auto pairs = split(text);
  if (!pairs) return std::move(pairs).error();
  Case c;
  std::set<std::string> seen;
  for (const auto& [key, value] : *pairs) {
    if (!seen.insert(key).second)
      return Error{Errc::invalid_input, fmt::format("'{}' is given twice", printable(key, 60))};
    if (std::find(keys().begin(), keys().end(), key) == keys().end()) continue;
    if (auto done = set(c, key, value); !done) return std::move(done).error().in(key);
  }
  const std::string prefix = c.engine + '.';
  for (const auto& [key, value] : *pairs) {
    if (std::find(keys().begin(), keys().end(), key) != keys().end()) continue;
    if (c.engine.empty() || !key.starts_with(prefix) || key.size() == prefix.size())
      return unknown_key(key, c.engine.empty() ? "<engine>" : c.engine);
    c.options.emplace(key.substr(prefix.size()), value);
  }
  for (const std::string_view required : {"engine", "model"})
    if (!seen.contains(std::string{required}))
      return Error{Errc::invalid_input,
                   fmt::format("'{}' is missing; a case looks like '{}'", required, kExample)};
  return c;
}

}  // namespace deepgap::study

#include "deepgap/record/contract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace deepgap::record {
namespace {

constexpr std::string_view kUnknown = "unknown";
constexpr std::size_t kLongestWord = 64;

bool in_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

std::string or_unknown(const std::string& word) { return word.empty() ? std::string{kUnknown} : word; }

std::string_view name(Cache cache) { return cache == Cache::hot ? "hot" : "cold"; }
std::string_view name(Inputs inputs) { return inputs == Inputs::reused ? "reused" : "fresh"; }

std::string_view name(const std::optional<bool>& copies) {
  if (!copies) return kUnknown;
  return *copies ? "in-and-out" : "none";
}

bool read_word(std::string_view text, std::string& out) {
  if (text.empty() || text.size() > kLongestWord || !std::ranges::all_of(text, in_word)) return false;
  out = text == kUnknown ? std::string{} : std::string{text};
  return true;
}

bool read_count(std::string_view text, std::int64_t& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc{} && end == text.data() + text.size() && out >= 1;
}

template <class T>
bool choose(std::string_view text, std::initializer_list<T> values, T& out) {
  for (const T value : values)
    if (name(value) == text) {
      out = value;
      return true;
    }
  return false;
}

bool set(Contract& contract, std::string_view key, std::string_view value) {
  if (key == "copies")
    return choose<std::optional<bool>>(value, {std::nullopt, false, true}, contract.copies);
  if (key == "sync") return read_word(value, contract.sync);
  if (key == "depth") return read_count(value, contract.depth);
  if (key == "cache") return choose(value, {Cache::hot, Cache::cold}, contract.cache);
  if (key == "inputs") return choose(value, {Inputs::reused, Inputs::fresh}, contract.inputs);
  if (key == "launch") return read_word(value, contract.launch);
  if (key == "batch") return read_count(value, contract.batch);
  return false;
}

std::string spaced(std::string word) {
  std::ranges::replace(word, '-', ' ');
  return word;
}

std::string sync_words(const std::string& sync) {
  if (sync.empty()) return "how its end is known cannot be told";
  if (sync == "call-returns") return "it ends when the engine's call returns";
  return fmt::format("its end is known by a {}", spaced(sync));
}

std::string launch_words(const std::string& launch) {
  if (launch.empty()) return "how the work is launched cannot be told";
  if (launch == "by-the-engine") return "the engine launches the work by itself";
  return fmt::format("the work is launched by {}", spaced(launch));
}

std::string cache_words(Cache cache) {
  if (cache == Cache::hot) return "caches stay warm from call to call";
  return "the caches are emptied before each call, outside the timed part, and throughput is calls over the "
         "sum of their times";
}

std::string depth_words(std::int64_t depth) {
  if (depth == 1) return "one call in flight for latency and throughput";
  return fmt::format("one call in flight for latency, {} for throughput", depth);
}

}  // namespace

std::string contract_word(std::string_view words) {
  std::string word;
  for (char c : words) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (in_word(c) && c != '-')
      word += c;
    else if (!word.empty() && word.back() != '-')
      word += '-';
  }
  if (word.starts_with("the-")) word.erase(0, 4);
  word.resize(std::min(word.size(), kLongestWord));
  while (word.ends_with('-')) word.pop_back();
  return word;
}

std::string to_text(const Contract& c) {
  return fmt::format("copies={} sync={} depth={} cache={} inputs={} launch={} batch={}", name(c.copies),
                     or_unknown(c.sync), c.depth, name(c.cache), name(c.inputs), or_unknown(c.launch),
                     c.batch);
}

std::optional<Contract> parse_contract(std::string_view text) {
  Contract contract;
  std::vector<std::string_view> seen;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = pair.substr(0, equals);
    if (std::ranges::find(seen, key) != seen.end() || !set(contract, key, pair.substr(equals + 1)))
      return std::nullopt;
    seen.push_back(key);
  }
  constexpr std::size_t kKeys = 7;
  if (seen.size() != kKeys) return std::nullopt;
  return contract;
}

std::string words(const Contract& c) {
  const std::string_view copies = !c.copies   ? "whether inputs and outputs are copied cannot be told"
                                  : *c.copies ? "inputs are copied to the device and outputs back within it"
                                              : "nothing is copied";
  const std::string_view inputs =
      c.inputs == Inputs::reused
          ? "every call reads the same input"
          : "another input is put in place before each call, outside the timed part, and throughput is "
            "calls over the sum of their times";
  return fmt::format("inputs and outputs in host memory, {}; {}; {}; {}; {}; {}", copies, sync_words(c.sync),
                     launch_words(c.launch), cache_words(c.cache), inputs, depth_words(c.depth));
}

std::string contract_words(std::string_view text) {
  const auto contract = parse_contract(text);
  return contract ? words(*contract) : std::string{text};
}

}  // namespace deepgap::record

#include "deepgap/study/measure_section.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "deepgap/study/quantity.hpp"
#include "deepgap/study/vocabulary.hpp"

namespace deepgap::study {
namespace {

constexpr std::int64_t kMaxRounds = 1'000;
constexpr std::int64_t kMinRoundSamples = 16;
constexpr std::int64_t kMaxRoundSamples = 1'000'000'000;

constexpr std::array kProfiles{Profile::quick, Profile::standard, Profile::strict};

Result<Profile> profile_of(const toml::node& node) {
  static const std::vector<std::string> words{"quick", "standard", "strict"};
  auto word = word_of(node, words);
  if (!word) return std::move(word).error();
  return *std::find_if(kProfiles.begin(), kProfiles.end(),
                       [&](Profile profile) { return name(profile) == *word; });
}

Result<double> seconds_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return duration_s(text->get());
  if (const auto number = node.value<double>(); number && node.is_number())
    return checked_duration_s(*number);
  return wanted(node, "seconds, or a time as in \"90s\", \"5m\"");
}

Result<double> share_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return fraction(text->get());
  if (const auto* number = node.as_floating_point()) return checked_fraction(number->get());
  if (node.is_integer())
    return Error{Errc::invalid_input,
                 fmt::format("{} is given; write a share as in \"1%\" or 0.01", describe(node))};
  return wanted(node, "a share as in \"1%\" or 0.01");
}

Result<std::int64_t> megabytes_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return size_mb(text->get());
  return wanted(node, "a size as in \"512MB\", \"2GB\"");
}

int default_rounds(Profile profile) { return profile == Profile::quick ? 5 : 10; }

void refuse_contradictions(const toml::table& table, TableReader& reader, const Measure& m) {
  const auto at = [&](std::string_view key) -> const toml::node& { return *table.get(key); };
  const int rounds = m.rounds.value_or(default_rounds(m.profile));
  if (m.processes && *m.processes > rounds)
    reader.problem(
        at("processes"), "processes",
        fmt::format("{} is given, but there are {} rounds to spread over processes; allowed: 1 to {}",
                    *m.processes, rounds, rounds));
  if (m.round_min_s && m.round_cap_s && *m.round_min_s > *m.round_cap_s)
    reader.problem(at("round_min"), "round_min",
                   fmt::format("{} s is more than round_cap, {} s; a round cannot last longer than its cap",
                               *m.round_min_s, *m.round_cap_s));
  if (m.round_min_s && m.time_budget_s && *m.round_min_s > *m.time_budget_s)
    reader.problem(at("round_min"), "round_min",
                   fmt::format("{} s for one round is more than time_budget, {} s for the whole study",
                               *m.round_min_s, *m.time_budget_s));
}

// The study's protocol has no settings: what would change it is refused rather than ignored.
void refuse_other_rounds(const toml::table& table, TableReader& reader, const Measure& m) {
  if (m.protocol != "deep-gap") return;
  for (const char* key : {"profile", "target", "stop_on", "rounds", "processes", "round_min", "round_cap",
                          "round_min_samples", "cache", "inputs"})
    if (const toml::node* node = table.get(key))
      reader.problem(
          *node, key,
          "protocol = \"deep-gap\" measures as the DEEP-GAP study did (20 unrecorded calls, 100 timed, "
          "3 repeats, 10 sweeps); remove this key");
}

}  // namespace

std::string_view name(Profile profile) noexcept {
  switch (profile) {
    case Profile::quick: return "quick";
    case Profile::standard: return "standard";
    case Profile::strict: return "strict";
  }
  return "?";
}

void read_measure(const toml::table& table, Problems& problems, Measure& m) {
  TableReader reader{table, "measure", problems};
  reader.one("profile", m.profile, profile_of);
  reader.one("target", m.target, share_of);
  reader.one("time_budget", m.time_budget_s, seconds_of);
  reader.one("case_timeout", m.case_timeout_s, seconds_of);
  reader.one("cache", m.cache, word(cache_words()));
  reader.one("inputs", m.inputs, word(input_words()));
  reader.one("protocol", m.protocol, word(protocol_words()));
  reader.one("seed", m.seed, whole<std::uint64_t>(0, std::numeric_limits<std::int64_t>::max()));
  reader.one("stop_on", m.stop_on, word({"mean", "p50", "p90", "p95", "p99"}));
  reader.one("rounds", m.rounds, whole<int>(1, kMaxRounds));
  reader.one("processes", m.processes, whole<int>(1, kMaxRounds));
  reader.one("round_min", m.round_min_s, seconds_of);
  reader.one("round_cap", m.round_cap_s, seconds_of);
  reader.one("round_min_samples", m.round_min_samples,
             whole<std::int64_t>(kMinRoundSamples, kMaxRoundSamples));
  reader.one("memory_limit", m.memory_limit_mb, megabytes_of);
  reader.finish();
  refuse_contradictions(table, reader, m);
  refuse_other_rounds(table, reader, m);
}

}  // namespace deepgap::study

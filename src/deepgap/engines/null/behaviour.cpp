#include "deepgap/engines/null/behaviour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <sstream>
#include <string_view>
#include <utility>

#include "deepgap/core/text.hpp"

namespace deepgap::engines::null {
namespace {

constexpr std::array<std::pair<std::string_view, Law>, 8> kLaws{{{"constant", Law::constant},
                                                                 {"lognormal", Law::lognormal},
                                                                 {"bimodal", Law::bimodal},
                                                                 {"ar", Law::ar},
                                                                 {"drift", Law::drift},
                                                                 {"stalls", Law::stalls},
                                                                 {"warmup", Law::warmup},
                                                                 {"trace", Law::trace}}};
constexpr std::array<std::pair<std::string_view, Failure>, 12> kFailures{
    {{"never", Failure::never},
     {"compile", Failure::run},
     {"unavailable", Failure::unavailable},
     {"unsupported", Failure::unsupported},
     {"run", Failure::run},
     {"output", Failure::output},
     {"nan", Failure::nan},
     {"crash", Failure::crash},
     {"abort", Failure::abort},
     {"exit", Failure::exit},
     {"oom", Failure::oom},
     {"hang", Failure::hang}}};

constexpr std::array<std::pair<std::string_view, bool>, 2> kSwitch{{{"on", true}, {"off", false}}};

Error refuse(std::string_view key, std::string_view given, std::string_view allowed) {
  return Error{Errc::invalid_input,
               fmt::format("null: option {} = '{}': {} is wanted", key, printable(given), allowed)};
}

template <class T, std::size_t n>
Status choose(const std::array<std::pair<std::string_view, T>, n>& table, std::string_view key,
              const std::string& text, T& out) {
  std::vector<std::string> words;
  for (const auto& [word, value] : table) {
    if (word == text) {
      out = value;
      return {};
    }
    words.emplace_back(word);
  }
  return refuse(key, text, "one of " + join(words));
}

template <class T>
bool number(std::string_view text, T& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size()) return false;
  if constexpr (std::is_floating_point_v<T>) return std::isfinite(out);
  return true;
}

template <class T>
Status within(std::string_view key, const std::string& text, T lo, T hi, T& out) {
  if (number(text, out) && out >= lo && out <= hi) return {};
  return refuse(key, text, fmt::format("a number from {} to {}", lo, hi));
}

Status trace(const std::string& text, std::vector<double>& out) {
  std::istringstream parts{text};
  for (std::string part; std::getline(parts, part, ',');) {
    double value = 0;
    if (auto read = within("trace_us", part, 0.0, 1e9, value); !read) return read;
    out.push_back(value);
  }
  return out.empty() ? Status{refuse("trace_us", text, "a list of microseconds with ',' between")} : Status{};
}

constexpr double kLongestUs = 1e9;

using Setter = std::function<Status(const std::string& key, const std::string& text, Behaviour& out)>;

Setter real(double Behaviour::* field, double lo, double hi) {
  return [=](const std::string& key, const std::string& text, Behaviour& out) {
    return within(key, text, lo, hi, out.*field);
  };
}

Setter whole(std::int64_t Behaviour::* field, std::int64_t lo) {
  return [=](const std::string& key, const std::string& text, Behaviour& out) {
    return within(key, text, lo, std::int64_t{1} << 40, out.*field);
  };
}

struct Option {
  std::string_view key;
  std::string_view text;
  Setter set;
};

Status set_fail(const std::string& key, const std::string& text, Behaviour& out) {
  auto chosen = choose(kFailures, key, text, out.fail);
  if (chosen && (text == "compile" || text == "unavailable" || text == "unsupported")) out.fail_at = 0;
  return chosen;
}

Status set_precision(const std::string& key, const std::string& text, Behaviour& out) {
  out.runs_as = precision_from(text);
  return out.runs_as ? Status{} : Status{refuse(key, text, "a precision (fp32, tf32, fp16, bf16, int8)")};
}

// fail_at must come after fail, which sets it as well: the order of this table is the order of evaluation.
const std::vector<Option>& options() {
  static const std::vector<Option> table{
      {"law", "how latencies vary: constant | lognormal | bimodal | ar | drift | stalls | warmup | trace",
       [](const std::string& key, const std::string& text, Behaviour& out) {
         return choose(kLaws, key, text, out.law);
       }},
      {"latency_us", "mean latency of a call, whatever the batch (0: the call returns at once)",
       real(&Behaviour::latency_us, 0, kLongestUs)},
      {"per_item_us", "added for every item of the batch", real(&Behaviour::per_item_us, 0, kLongestUs)},
      {"precision_gain", "16-bit precisions are this many times faster, 8-bit ones its square",
       real(&Behaviour::precision_gain, 0.01, 100)},
      {"cv", "coefficient of variation of the noise, with every law but constant and trace",
       real(&Behaviour::cv, 0, 5)},
      {"rho", "ar: correlation of neighbouring calls", real(&Behaviour::rho, 0, 0.9999)},
      {"drift_per_s", "drift: relative change for every second of work",
       real(&Behaviour::drift_per_s, -1, 10)},
      {"mode_gap", "bimodal: how much slower the slow mode is", real(&Behaviour::mode_gap, 0, 100)},
      {"switch_probability", "bimodal: chance to change the mode at a call",
       real(&Behaviour::switch_probability, 0, 1)},
      {"stall_every", "stalls: one call in so many is slow", whole(&Behaviour::stall_every, 1)},
      {"stall_factor", "stalls: how many times slower", real(&Behaviour::stall_factor, 1, 1e6)},
      {"warmup_calls", "warmup: the first call takes twice as long, the excess shrinks by e in so many calls",
       real(&Behaviour::warmup_calls, 1e-3, 1e6)},
      {"trace_us", "trace: the latencies themselves, in microseconds with ',' between, again and again",
       [](const std::string&, const std::string& text, Behaviour& out) { return trace(text, out.trace_us); }},
      {"seed", "of the noise",
       [](const std::string& key, const std::string& text, Behaviour& out) {
         return within(key, text, std::uint64_t{0}, ~std::uint64_t{0}, out.seed);
       }},
      {"fail",
       "never | compile | unavailable | unsupported | run | output (wrong numbers) | nan | crash | abort | "
       "exit | "
       "oom (killed as by the kernel) | hang",
       set_fail},
      {"fail_at", "the call of a session from which on `fail` happens (1 = the first; 0 = while compiling)",
       whole(&Behaviour::fail_at, 0)},
      {"runs_as", "the precision that is read back, whatever was asked", set_precision},
      {"mistrust", "a reason why the compiled network should not be believed",
       [](const std::string&, const std::string& text, Behaviour& out) {
         out.mistrust = text;
         return Status{};
       }},
      {"device_share", "gives the fake device a clock: it is busy for this share (0 to 1) of each call",
       [](const std::string& key, const std::string& text, Behaviour& out) {
         return within(key, text, 0.0, 1.0, out.device_share.emplace());
       }},
      {"copies", "on | off: pretends that inputs and outputs are copied within the call",
       [](const std::string& key, const std::string& text, Behaviour& out) {
         return choose(kSwitch, key, text, out.copies);
       }}};
  return table;
}

}  // namespace

Options option_texts() {
  Options texts;
  for (const Option& option : options()) texts.emplace(option.key, option.text);
  return texts;
}

Result<Behaviour> parse_behaviour(const Options& given) {
  std::vector<std::string> known;
  for (const Option& option : options()) known.emplace_back(option.key);
  for (const auto& [key, text] : given)
    if (std::ranges::find(known, key) == known.end())
      return Error{Errc::invalid_input, fmt::format("null: there is no option '{}'{}; there are: {}",
                                                    printable(key), did_you_mean(key, known), join(known))};
  Behaviour behaviour;
  for (const Option& option : options())
    if (const auto found = given.find(option.key); found != given.end())
      if (auto set = option.set(found->first, found->second, behaviour); !set) return std::move(set).error();
  if ((behaviour.law == Law::trace) == behaviour.trace_us.empty())
    return Error{Errc::invalid_input, "null: law=trace and the option trace_us go together"};
  return behaviour;
}

Latencies::Latencies(const Behaviour& behaviour, std::int64_t batch, Precision precision,
                     std::uint64_t session)
    : behaviour_{behaviour},
      random_{behaviour.seed, "null latency", session},
      base_ns_{1e3 * (behaviour.latency_us + behaviour.per_item_us * static_cast<double>(batch))},
      sigma_{std::sqrt(std::log1p(behaviour.cv * behaviour.cv))} {
  if (precision == Precision::fp16 || precision == Precision::bf16) base_ns_ /= behaviour.precision_gain;
  if (precision == Precision::int8) base_ns_ /= behaviour.precision_gain * behaviour.precision_gain;
  state_ = random_.normal();
}

// Lognormal with mean 1, so that noise never moves the mean.
double Latencies::noise() noexcept {
  if (sigma_ <= 0) return 1;
  return std::exp(sigma_ * random_.normal() - sigma_ * sigma_ / 2);
}

double Latencies::factor() noexcept {
  const auto call = static_cast<double>(calls_);
  switch (behaviour_.law) {
    case Law::constant: return 1;
    case Law::lognormal: return noise();
    case Law::bimodal:
      if (random_.uniform() < behaviour_.switch_probability) slow_mode_ = !slow_mode_;
      return noise() * (slow_mode_ ? 1 + behaviour_.mode_gap : 1);
    case Law::ar: {
      const double value = std::exp(sigma_ * state_ - sigma_ * sigma_ / 2);
      state_ = behaviour_.rho * state_ + std::sqrt(1 - behaviour_.rho * behaviour_.rho) * random_.normal();
      return value;
    }
    case Law::drift: return noise() * std::max(0.0, 1 + behaviour_.drift_per_s * elapsed_s_);
    case Law::stalls:
      return noise() * (random_.below(behaviour_.stall_every) == 0 ? behaviour_.stall_factor : 1);
    case Law::warmup: return noise() * (1 + std::exp(-call / behaviour_.warmup_calls));
    case Law::trace: break;
  }
  return 1;
}

std::int64_t Latencies::next() noexcept {
  double ns = 0;
  if (behaviour_.law == Law::trace) {
    const auto size = static_cast<std::int64_t>(behaviour_.trace_us.size());
    ns = 1e3 * behaviour_.trace_us[static_cast<std::size_t>(calls_ % size)];
  } else {
    ns = base_ns_ * factor();
  }
  ++calls_;
  elapsed_s_ += ns * 1e-9;
  return std::llround(std::min(ns, kLongestUs * 1e6));
}

}  // namespace deepgap::engines::null

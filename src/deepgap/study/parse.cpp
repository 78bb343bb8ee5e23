#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/study/measure_section.hpp"
#include "deepgap/study/study.hpp"
#include "deepgap/study/toml_table.hpp"
#include "deepgap/study/vocabulary.hpp"

namespace deepgap::study {
namespace {

Result<std::string> engine_of(const toml::node& node) {
  auto text = text_of(node);
  if (text && !is_engine_name(*text)) return bad_engine(*text);
  return text;
}

bool is_indexed_device(std::string_view text) {
  constexpr std::string_view kind = "cuda:";
  if (!text.starts_with(kind)) return false;
  const std::string_view index = text.substr(kind.size());
  return index == "all" ||
         (!index.empty() && index.size() <= 3 && (index.size() == 1 || index.front() != '0') &&
          std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

Result<std::string> device_of(const toml::node& node) {
  static const std::vector<std::string> words{"cpu", "cuda:0", "cuda:all", "auto"};
  auto text = text_of(node);
  if (text && *text != "cpu" && *text != "auto" && !is_indexed_device(*text))
    return Error{Errc::invalid_input,
                 fmt::format("{} is given;{} allowed: cpu, cuda:<number>, cuda:all, auto", describe(node),
                             nearest_hint(*text, words))};
  return text;
}

Result<Precision> precision_of(const toml::node& node) {
  auto word = word_of(node, precision_words());
  if (!word) return std::move(word).error();
  return *precision_from(*word);
}

// An engine's option reaches the engine as text, whatever TOML type it is written in.
Result<std::string> option_of(const toml::node& node) {
  if (node.is_string()) return text_of(node);
  if (node.is_number() || node.is_boolean()) return describe(node);
  return wanted(node, "text, a number, true or false, or a list of them");
}

void read_engine_options(const toml::table& top, Problems& problems, Study& study) {
  for (const auto& [engine, node] : top) {
    const std::string name{engine.str()};
    TableReader reader{top, "engine", problems};
    const toml::table* table = reader.take_table(name);
    if (table == nullptr) continue;
    const auto asked = [&](std::string_view word) {
      return std::find(study.engines.begin(), study.engines.end(), word) != study.engines.end();
    };
    if (!asked("auto") && !asked(name)) {
      reader.problem(node, name,
                     fmt::format("the study's engines do not include it;{} engines: {}",
                                 nearest_hint(name, study.engines), join(study.engines)));
      continue;
    }
    TableReader options{*table, "engine." + name, problems};
    for (const auto& [key, value] : *table) {
      const std::string option{key.str()};
      if (option.empty())
        options.problem(value, option, "an option needs a name");
      else
        options.list(option, study.options[name][option], option_of);
    }
  }
}

void read_scenarios(const toml::node& node, Problems& problems, Study& study) {
  const toml::array* tables = node.as_array();
  const bool right =
      tables != nullptr && !tables->empty() &&
      std::all_of(tables->begin(), tables->end(), [](const toml::node& n) { return n.is_table(); });
  if (!right) {
    problems.add(node.source().begin,
                 fmt::format("scenario: {} is given; allowed: tables, written [[scenario]]", describe(node)));
    return;
  }
  study.scenarios.clear();
  for (const toml::node& element : *tables) {
    TableReader reader{*element.as_table(), "scenario", problems};
    std::string kind = "closed";
    reader.one("kind", kind, word(scenario_words()));
    reader.finish();
    if (std::find(study.scenarios.begin(), study.scenarios.end(), kind) != study.scenarios.end())
      reader.problem(element, "kind", fmt::format("'{}' is given twice", kind));
    else
      study.scenarios.push_back(std::move(kind));
  }
}

void read_study(const toml::table& top, Problems& problems, Study& study) {
  TableReader reader{top, "", problems};
  reader.one("name", study.name, text_of);
  reader.list("models", study.models, text_of);
  reader.list("precisions", study.precisions, precision_of);
  reader.list("batches", study.batches, whole<std::int64_t>(1, kMaxBatch));
  reader.list("engines", study.engines, engine_of);
  reader.list("devices", study.devices, device_of);
  reader.list("threads", study.threads, whole<int>(0, kMaxThreads));
  reader.list("streams", study.streams, whole<int>(1, kMaxStreams));
  reader.list("hints", study.hints, word(hint_words()));
  reader.one("calibration", study.calibration, word(calibration_words()));
  if (const auto* measure = reader.take_table("measure")) read_measure(*measure, problems, study.measure);
  if (const auto* scenario = reader.take("scenario")) read_scenarios(*scenario, problems, study);
  if (const auto* options = reader.take_table("engine")) read_engine_options(*options, problems, study);
  reader.finish();
  if (!top.contains("models"))
    problems.add({}, "the key 'models' is missing; for example: models = [\"resnet50\"]");
}

// Dotted keys nest without limit in the parser, and its trees are destroyed recursively.
std::optional<toml::source_position> line_with_too_many_dots(std::string_view toml) {
  constexpr std::size_t kMostDots = 1'000;
  std::size_t dots = 0;
  toml::source_position where{1, 1};
  for (const char c : toml) {
    if (c == '\n') {
      dots = 0;
      ++where.line;
    } else if (c == '.' && ++dots > kMostDots) {
      return where;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Study> parse(std::string_view toml, const std::filesystem::path& file) {
  Problems problems{file.empty() ? "study" : printable(file.string())};
  if (const auto where = line_with_too_many_dots(toml)) {
    problems.add(*where, "a line holds more than 1000 dots; write long lists over several lines");
    return problems.error();
  }
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed) {
    problems.add(parsed.error().source().begin,
                 fmt::format("not valid TOML: {}", printable(parsed.error().description())));
    return problems.error();
  }
  Study study;
  study.file = file;
  study.name = file.empty() ? "study" : file.stem().string();
  study.engines = {"auto"};
  read_study(parsed.table(), problems, study);
  if (!problems.none()) return problems.error();
  return study;
}

}  // namespace deepgap::study

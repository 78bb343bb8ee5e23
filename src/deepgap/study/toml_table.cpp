#include "deepgap/study/toml_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/study/vocabulary.hpp"

namespace deepgap::study {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kLongestList = 1'000;

}  // namespace

void Problems::add(toml::source_position at, std::string_view text) {
  if (++count_ > kMostProblems) return;
  if (!text_.empty()) text_ += '\n';
  text_ +=
      at ? fmt::format("{}:{}:{}: {}", file_, at.line, at.column, text) : fmt::format("{}: {}", file_, text);
}

Error Problems::error() const {
  if (count_ <= kMostProblems) return {Errc::invalid_input, text_};
  return {Errc::invalid_input, fmt::format("{}\n{}: and {} more", text_, file_, count_ - kMostProblems)};
}

std::string describe(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return fmt::format("'{}'", printable(**node.as_string(), 60));
    case toml::node_type::integer: return fmt::format("{}", **node.as_integer());
    case toml::node_type::floating_point: return fmt::format("{}", **node.as_floating_point());
    case toml::node_type::boolean: return **node.as_boolean() ? "true" : "false";
    case toml::node_type::array: return "a list";
    case toml::node_type::table: return "a table";
    default: return "a date or time";
  }
}

Error wanted(const toml::node& given, std::string_view what) {
  return {Errc::invalid_input, fmt::format("{} is given; allowed: {}", describe(given), what)};
}

Result<std::string> text_of(const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return wanted(node, "text in quotes");
  if (text->get().empty()) return Error{Errc::invalid_input, "is empty text"};
  if (text->get().size() > 4'096) return Error{Errc::invalid_input, "is longer than 4096 bytes"};
  if (printable(text->get(), text->get().size()) != text->get())
    return wanted(node, "text without control characters");
  return text->get();
}

Result<std::int64_t> whole_of(const toml::node& node, std::int64_t lowest, std::int64_t highest) {
  const auto* number = node.as_integer();
  if (number == nullptr || number->get() < lowest || number->get() > highest)
    return wanted(node, fmt::format("whole numbers from {} to {}", lowest, highest));
  return number->get();
}

Result<std::string> word_of(const toml::node& node, const std::vector<std::string>& allowed) {
  const auto* text = node.as_string();
  if (text == nullptr) return wanted(node, "one of " + join(allowed));
  if (std::find(allowed.begin(), allowed.end(), text->get()) == allowed.end())
    return not_allowed(text->get(), allowed);
  return text->get();
}

const toml::node* TableReader::take(std::string_view key) {
  known_.emplace_back(key);
  return table_.get(key);
}

const toml::table* TableReader::take_table(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table())
    problem(*node, key,
            fmt::format("{} is given; allowed: a table, written [{}{}{}]", describe(*node), name_,
                        name_.empty() ? "" : ".", key));
  return node->as_table();
}

void TableReader::problem(const toml::node& at, std::string_view key, std::string_view text) {
  problems_.add(at.source().begin,
                fmt::format("{}{}{}: {}", name_, name_.empty() ? "" : ".", printable(key, 60), text));
}

void TableReader::finish() {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    problems_.add(key.source().begin,
                  fmt::format("unknown key '{}'{};{} allowed: {}", printable(key.str(), 60),
                              name_.empty() ? "" : fmt::format(" in {}", name_),
                              nearest_hint(key.str(), known_), join(known_)));
  }
}

bool TableReader::fit_length(const toml::array& array, std::string_view key) {
  if (array.empty()) {
    problem(array, key, "the list is empty; give at least one value, or leave the key out for its default");
    return false;
  }
  if (array.size() <= kLongestList) return true;
  problem(array, key, fmt::format("the list has {} values; allowed: at most {}", array.size(), kLongestList));
  return false;
}

}  // namespace deepgap::study

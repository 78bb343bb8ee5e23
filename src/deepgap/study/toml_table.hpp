#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Compiled in rather than linked: without exceptions, and with a bound on nesting that a study never needs
// (the parser's own trees are destroyed recursively).
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 8
// The parser asserts what it has not checked yet (a key such as "." in a header), and with NDEBUG it tells
// the compiler to assume it. Its own error branches follow: take both away.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "deepgap/core/error.hpp"

// Private to study/: reading a TOML table so that everything wrong with it is told at once, each with its
// place.
namespace deepgap::study {

class Problems {
 public:
  explicit Problems(std::string file) : file_{std::move(file)} {}

  void add(toml::source_position at, std::string_view text);
  [[nodiscard]] bool none() const noexcept { return count_ == 0; }
  [[nodiscard]] Error error() const;

 private:
  std::string file_;
  std::string text_;
  std::size_t count_ = 0;
};

[[nodiscard]] std::string describe(const toml::node& node);  // "'resnet50'", "4", "a table"
[[nodiscard]] Error wanted(const toml::node& given, std::string_view what);

// One value each. Errors say what is given and what is allowed.
[[nodiscard]] Result<std::string> text_of(const toml::node& node);
[[nodiscard]] Result<std::int64_t> whole_of(const toml::node& node, std::int64_t lowest,
                                            std::int64_t highest);
[[nodiscard]] Result<std::string> word_of(const toml::node& node, const std::vector<std::string>& allowed);

// Readers for TableReader: a whole number within bounds that fit T, one word of a list.
template <class T>
[[nodiscard]] auto whole(std::int64_t lowest, std::int64_t highest) {
  return [=](const toml::node& node) -> Result<T> {
    auto value = whole_of(node, lowest, highest);
    if (!value) return std::move(value).error();
    return static_cast<T>(*value);
  };
}
[[nodiscard]] inline auto word(std::vector<std::string> allowed) {
  return [allowed = std::move(allowed)](const toml::node& node) { return word_of(node, allowed); };
}

// A table whose keys are taken one by one; finish() refuses those that nobody took.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string name, Problems& problems)
      : table_{table}, name_{std::move(name)}, problems_{problems} {}

  // The node of `key`, nullptr when the file does not have it.
  const toml::node* take(std::string_view key);
  const toml::table* take_table(std::string_view key);
  void problem(const toml::node& at, std::string_view key, std::string_view text);
  void finish();

  // `out` keeps its default when the key is absent. `read` turns a node into a Result.
  template <class T, class Read>
  void one(std::string_view key, T& out, const Read& read) {
    if (const toml::node* node = take(key)) read_into(*node, key, out, read);
  }
  // A list, or one value instead of a list of one.
  template <class T, class Read>
  void list(std::string_view key, std::vector<T>& out, const Read& read) {
    if (const toml::node* node = take(key)) read_list(*node, key, out, read);
  }
  template <class T, class Read>
  void read_list(const toml::node& node, std::string_view key, std::vector<T>& out, const Read& read) {
    out.clear();
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      T value{};
      if (read_into(node, key, value, read)) out.push_back(std::move(value));
      return;
    }
    if (!fit_length(*array, key)) return;
    for (const toml::node& element : *array) {
      T value{};
      if (!read_into(element, key, value, read)) continue;
      if (std::find(out.begin(), out.end(), value) != out.end())
        problem(element, key, describe(element) + " is given twice");
      else
        out.push_back(std::move(value));
    }
  }

 private:
  template <class T, class Read>
  bool read_into(const toml::node& node, std::string_view key, T& out, const Read& read) {
    auto value = read(node);
    if (!value) {
      problem(node, key, value.error().message());
      return false;
    }
    out = *std::move(value);
    return true;
  }
  bool fit_length(const toml::array& array, std::string_view key);

  const toml::table& table_;
  std::string name_;  // "" for the top, "measure"
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace deepgap::study

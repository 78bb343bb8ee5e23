#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "deepgap/record/row.hpp"

// The one table of columns: CSV headers, JSON keys, terminal and Markdown titles, `deepgap explain`,
// docs/metrics.md and docs/result.schema.json are made from it.
// Knows: what each column of a row means. Never knows: how it is laid out in a format.
namespace deepgap::record {

using TextMap =
    std::map<std::string, std::optional<std::string>, std::less<>>;  // nullopt = could not be read
using TextList = std::vector<std::string>;

// monostate = absent. A double is always finite and a string never empty.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, TextMap, TextList>;

enum class Kind : std::uint8_t { text, integer, real, json_object, json_list };
[[nodiscard]] std::string_view name(Kind kind) noexcept;

enum class Group : std::uint8_t { identity, asked_and_got, outcome, time, cost, trust, place_and_time };
inline constexpr Group kAllGroups[] = {Group::identity,      Group::asked_and_got, Group::outcome,
                                       Group::time,          Group::cost,          Group::trust,
                                       Group::place_and_time};
[[nodiscard]] std::string_view name(Group group) noexcept;  // "place and time"

struct Column {
  std::string name = {};  // as in CSV, JSON and SQL: "latency_p99_ms_lo"
  Group group = Group::identity;
  Kind kind = Kind::text;
  std::string unit = {};        // "ms", "1/s"; "" = none
  std::string title = {};       // short, for table headers: "p99 ms"
  std::string definition = {};  // what it is: formula and what it includes
  std::string caveat = {};      // when not to believe it; may be empty
  Value (*get)(const Row&) = nullptr;
  std::string bound_of = {};              // for _lo and _hi: the column they belong to
  std::vector<std::string> allowed = {};  // the only values there are; empty = anything of its kind
  bool always = false;                    // never absent in a row that is fit to be stored
};

// In the order in which they are printed; built once, lives for ever.
[[nodiscard]] std::span<const Column> columns();
[[nodiscard]] const Column* find_column(std::string_view name) noexcept;  // nullptr when there is none

}  // namespace deepgap::record

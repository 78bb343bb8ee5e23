#include "deepgap/record/columns.hpp"

#include "deepgap/record/columns_detail.hpp"

namespace deepgap::record {

std::string_view name(Kind kind) noexcept {
  switch (kind) {
    case Kind::text: return "text";
    case Kind::integer: return "integer";
    case Kind::real: return "real";
    case Kind::json_object: return "JSON object";
    case Kind::json_list: return "JSON list";
  }
  return "?";
}

std::string_view name(Group group) noexcept {
  switch (group) {
    case Group::identity: return "identity";
    case Group::asked_and_got: return "asked and got";
    case Group::outcome: return "outcome";
    case Group::time: return "time";
    case Group::cost: return "cost";
    case Group::trust: return "trust";
    case Group::place_and_time: return "place and time";
  }
  return "?";
}

std::span<const Column> columns() {
  static const std::vector<Column> all = [] {
    std::vector<Column> table;
    detail::add_identity(table);
    detail::add_asked_and_got(table);
    detail::add_outcome(table);
    detail::add_time(table);
    detail::add_cost(table);
    detail::add_trust(table);
    detail::add_place_and_time(table);
    return table;
  }();
  return all;
}

const Column* find_column(std::string_view name) noexcept {
  for (const Column& column : columns())
    if (column.name == name) return &column;
  return nullptr;
}

}  // namespace deepgap::record

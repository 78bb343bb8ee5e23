#pragma once

#include <cassert>
#include <cmath>
#include <vector>

#include "deepgap/record/columns.hpp"

// Private to columns*.cpp: getters from member pointers, and the parts of the table.
namespace deepgap::record::detail {

inline Value real(double value) {
  assert(std::isfinite(value) && "a row holds NaN or infinity: whoever filled it must leave it absent");
  return std::isfinite(value) ? Value{value} : Value{};
}
inline Value text(const std::string& value) { return value.empty() ? Value{} : Value{value}; }

inline Value value_of(const std::string& value) { return text(value); }
inline Value value_of(std::int64_t value) { return value; }
inline Value value_of(double value) { return real(value); }
inline Value value_of(const Estimate& value) { return real(value.value); }
inline Value value_of(Outcome value) { return std::string{name(value)}; }
inline Value value_of(const std::vector<std::string>& value) {
  return value.empty() ? Value{} : Value{value};
}
template <class T>
Value value_of(const std::optional<T>& value) {
  return value ? value_of(*value) : Value{};
}

template <auto Member>
Value get(const Row& row) {
  return value_of(row.*Member);
}
template <auto Member>
Value get_lo(const Row& row) {
  return row.*Member ? value_of((row.*Member)->lo) : Value{};
}
template <auto Member>
Value get_hi(const Row& row) {
  return row.*Member ? value_of((row.*Member)->hi) : Value{};
}

// An estimate and its two bounds: three columns.
template <auto Member>
void add_estimate(std::vector<Column>& to, Column column) {
  column.kind = Kind::real;
  column.get = &get<Member>;
  Column lo = column, hi = column;
  lo.bound_of = hi.bound_of = column.name;
  lo.caveat = hi.caveat = "";
  lo.name += "_lo";
  hi.name += "_hi";
  lo.title += " lo";
  hi.title += " hi";
  lo.definition = "Lower end of the 95 % interval of " + column.name + ". Absent when it cannot be stated.";
  hi.definition = "Upper end of the 95 % interval of " + column.name + ". Absent when it cannot be stated.";
  lo.get = &get_lo<Member>;
  hi.get = &get_hi<Member>;
  to.push_back(std::move(column));
  to.push_back(std::move(lo));
  to.push_back(std::move(hi));
}

void add_identity(std::vector<Column>& to);
void add_asked_and_got(std::vector<Column>& to);
void add_outcome(std::vector<Column>& to);
void add_time(std::vector<Column>& to);
void add_cost(std::vector<Column>& to);
void add_trust(std::vector<Column>& to);
void add_place_and_time(std::vector<Column>& to);

}  // namespace deepgap::record::detail

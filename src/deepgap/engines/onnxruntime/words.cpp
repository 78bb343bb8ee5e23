#include "deepgap/engines/onnxruntime/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "deepgap/core/text.hpp"

namespace deepgap::engines::onnxruntime {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Where "file.cc:123 type function(types) " begins and ends in `what`, both npos when it is not there.
struct Location {
  std::size_t begin = std::string_view::npos;
  std::size_t end = std::string_view::npos;
};

// Behind the parameter list that opens first after `from`; npos when it does not close.
std::size_t after_parameters(std::string_view what, std::size_t from) {
  int depth = 0;
  for (std::size_t i = what.find('(', from); i < what.size(); ++i) {
    if (what[i] == '(') ++depth;
    if (what[i] == ')' && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

Location source_location(std::string_view what) {
  for (const std::string_view extension : {".cc:", ".h:", ".cpp:"}) {
    const auto dot = what.find(extension);
    if (dot == std::string_view::npos) continue;
    auto end = dot + extension.size();
    if (end >= what.size() || !is_digit(what[end])) continue;
    while (end < what.size() && is_digit(what[end])) ++end;
    const auto space = what.rfind(' ', dot);
    const auto begin = space == std::string_view::npos ? 0 : space + 1;
    if (begin >= what.size() || what[begin] != '/') continue;
    end = after_parameters(what, end);
    if (end == std::string_view::npos) continue;
    if (what.substr(end).starts_with(" const")) end += std::string_view{" const"}.size();
    return {begin, std::min(what.size(), what.find_first_not_of(' ', end))};
  }
  return {};
}

template <std::size_t n>
bool contains_one_of(std::string_view what, const std::array<std::string_view, n>& signs) {
  return std::ranges::any_of(
      signs, [&](std::string_view sign) { return what.find(sign) != std::string_view::npos; });
}

std::string_view word_at(std::string_view what, std::size_t from) {
  const auto word = what.substr(std::min(from, what.size()));
  return word.substr(0, word.find_first_of(" (\n"));
}

// "com.acme:Op" of a text with `In Node, ("name", Op, "com.acme", -1) : (`; "" when there is none. The name
// may be anything, so that the list is read from its end.
std::string operator_of_node(std::string_view what) {
  constexpr std::string_view kLead = "In Node, (";
  const auto begin = what.find(kLead);
  const auto end = what.find(") : (", begin == std::string_view::npos ? what.size() : begin);
  if (end == std::string_view::npos) return {};
  std::string_view list = what.substr(begin + kLead.size(), end - begin - kLead.size());
  std::array<std::string_view, 3> parts;  // since version, domain, operator
  for (auto& part : parts) {
    const auto comma = list.rfind(", ");
    if (comma == std::string_view::npos) return {};
    part = list.substr(comma + 2);
    list = list.substr(0, comma);
  }
  std::string_view domain = parts[1];
  if (domain.size() >= 2) domain = domain.substr(1, domain.size() - 2);
  return domain.empty() ? std::string{parts[2]} : std::string{domain} + ":" + std::string{parts[2]};
}

}  // namespace

std::string plain_words(std::string_view what) {
  std::string text{what};
  for (Location at = source_location(text); at.begin != std::string_view::npos; at = source_location(text))
    text.erase(at.begin, at.end - at.begin);
  std::ranges::replace(text, '\n', ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return printable(text.empty() ? what : std::string_view{text});
}

std::string unsupported_operator(std::string_view what) {
  for (const std::string_view lead : {"No Op registered for ", "Could not find an implementation for "}) {
    const auto at = what.find(lead);
    if (at != std::string_view::npos) return std::string{word_at(what, at + lead.size())};
  }
  if (what.find("No opset import for domain") != std::string_view::npos) return operator_of_node(what);
  if (what.find("is not a registered function/op") == std::string_view::npos) return {};
  constexpr std::string_view kLead = "Fatal error: ";
  const auto at = what.find(kLead);
  const auto name = at == std::string_view::npos ? word_at(what, 0) : word_at(what, at + kLead.size());
  return std::string{name};
}

bool is_beyond_this_library(std::string_view what) {
  constexpr std::array<std::string_view, 3> kSigns{"Unsupported model IR version", "Current official support",
                                                   "ShapeInferenceError"};
  return contains_one_of(what, kSigns);
}

bool is_about_the_network(std::string_view what) {
  constexpr std::array<std::string_view, 3> kSigns{"Type Error: ", "No graph was found",
                                                   "This is an invalid model"};
  return contains_one_of(what, kSigns);
}

}  // namespace deepgap::engines::onnxruntime

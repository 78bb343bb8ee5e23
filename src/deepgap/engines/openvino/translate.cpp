#include "deepgap/engines/openvino/translate.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"

namespace deepgap::engines::openvino {
namespace {

struct TypePair {
  DType ours;
  ov::element::Type_t theirs;
};

constexpr std::array kTypes{
    TypePair{DType::f32, ov::element::Type_t::f32},
    TypePair{DType::f64, ov::element::Type_t::f64},
    TypePair{DType::f16, ov::element::Type_t::f16},
    TypePair{DType::bf16, ov::element::Type_t::bf16},
    TypePair{DType::f8e4m3, ov::element::Type_t::f8e4m3},
    TypePair{DType::i8, ov::element::Type_t::i8},
    TypePair{DType::u8, ov::element::Type_t::u8},
    TypePair{DType::i16, ov::element::Type_t::i16},
    TypePair{DType::u16, ov::element::Type_t::u16},
    TypePair{DType::i32, ov::element::Type_t::i32},
    TypePair{DType::u32, ov::element::Type_t::u32},
    TypePair{DType::i64, ov::element::Type_t::i64},
    TypePair{DType::u64, ov::element::Type_t::u64},
    TypePair{DType::boolean, ov::element::Type_t::boolean},
};

// "Foo-17, com.acme.Bar" -> "Foo, com.acme.Bar": OpenVINO appends the opset.
std::string without_opsets(std::string_view list) {
  std::vector<std::string> names;
  std::istringstream parts{std::string{list}};
  for (std::string part; std::getline(parts, part, ',');) {
    part.erase(0, part.find_first_not_of(" \t"));
    part.erase(part.find_last_not_of(" \t\r") + 1);
    if (const auto dash = part.rfind('-');
        dash != std::string::npos && dash + 1 < part.size() &&
        part.find_first_not_of("0123456789", dash + 1) == std::string::npos)
      part.erase(dash);
    if (!part.empty() && std::ranges::find(names, part) == names.end()) names.push_back(part);
  }
  return join(names);
}

bool is_source_location(std::string_view line) {
  return line.starts_with("Exception from src/") || line.starts_with("FrontEnd API failed with") ||
         (line.starts_with("Check '") && line.find("failed at src/") != std::string_view::npos);
}

}  // namespace

std::optional<DType> dtype_of(ov::element::Type type) {
  const ov::element::Type_t theirs = type;
  const auto* found = std::ranges::find(kTypes, theirs, &TypePair::theirs);
  return found == kTypes.end() ? std::nullopt : std::optional{found->ours};
}

ov::element::Type element_of(DType type) { return std::ranges::find(kTypes, type, &TypePair::ours)->theirs; }

std::optional<Precision> precision_of(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "f32" || lower == "fp32") return Precision::fp32;
  if (lower == "f16" || lower == "fp16") return Precision::fp16;
  if (lower == "bf16") return Precision::bf16;
  if (lower == "i8" || lower == "u8") return Precision::int8;
  if (lower == "f8e4m3") return Precision::fp8;
  return std::nullopt;
}

std::string plain_words(std::string_view what) {
  std::istringstream lines{std::string{what}};
  std::vector<std::string> kept;
  for (std::string line; std::getline(lines, line);)
    if (!is_source_location(line) && line.find_first_not_of(" \t\r") != std::string::npos)
      kept.push_back(line);
  return printable(kept.empty() ? what : std::string_view{join(kept, " ")});
}

std::string unsupported_operators(std::string_view what) {
  for (const std::string_view lead :
       {"No conversion rule found for operations: ", "Conversion is failed for: ",
        "does not support the following ONNX operations: "}) {
    const auto at = what.find(lead);
    if (at == std::string_view::npos) continue;
    const auto list = what.substr(at + lead.size());
    return without_opsets(list.substr(0, list.find('\n')));
  }
  return {};
}

Error translate_exception(std::string_view doing, Errc otherwise) {
  std::string what = "unknown exception";
  try {
    throw;
  } catch (const std::exception& failure) {
    what = failure.what();
  } catch (...) {
  }
  if (const auto operators = unsupported_operators(what); !operators.empty())
    return Error{Errc::unsupported,
                 fmt::format("OpenVINO does not support the operator {}", printable(operators))};
  return Error{otherwise, fmt::format("OpenVINO failed to {}: {}", doing, plain_words(what))};
}

}  // namespace deepgap::engines::openvino

#include "deepgap/engines/openvino/translate.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string>

#include <fmt/format.h>

#include "deepgap/core/text.hpp"
#include "deepgap/engines/openvino/words.hpp"

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

}  // namespace

std::optional<DType> dtype_of(ov::element::Type type) {
  const ov::element::Type_t theirs = type;
  const auto* found = std::ranges::find(kTypes, theirs, &TypePair::theirs);
  return found == kTypes.end() ? std::nullopt : std::optional{found->ours};
}

ov::element::Type element_of(DType type) { return std::ranges::find(kTypes, type, &TypePair::ours)->theirs; }

Error translate_exception(std::string_view doing, Errc otherwise) {
  std::string what;
  try {
    throw;
  } catch (const std::exception& failure) {
    what = failure.what();
  } catch (...) {
    what = "an exception of an unknown type";
  }
  if (const auto operators = unsupported_operators(what); !operators.empty())
    return Error{Errc::unsupported,
                 fmt::format("OpenVINO does not support the operator {}", printable(operators))};
  return Error{otherwise, fmt::format("OpenVINO failed to {}: {}", doing, plain_words(what))};
}

}  // namespace deepgap::engines::openvino

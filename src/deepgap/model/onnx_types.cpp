#include "deepgap/model/onnx_types.hpp"

#include <array>
#include <string_view>

namespace deepgap::model {
namespace {

struct Entry {
  std::int32_t onnx;
  std::string_view name;
  std::optional<DType> dtype;
};

constexpr std::array kTypes = {Entry{1, "float32", DType::f32},
                               Entry{2, "uint8", DType::u8},
                               Entry{3, "int8", DType::i8},
                               Entry{4, "uint16", DType::u16},
                               Entry{5, "int16", DType::i16},
                               Entry{6, "int32", DType::i32},
                               Entry{7, "int64", DType::i64},
                               Entry{8, "string", {}},
                               Entry{9, "bool", DType::boolean},
                               Entry{10, "float16", DType::f16},
                               Entry{11, "float64", DType::f64},
                               Entry{12, "uint32", DType::u32},
                               Entry{13, "uint64", DType::u64},
                               Entry{14, "complex64", {}},
                               Entry{15, "complex128", {}},
                               Entry{16, "bfloat16", DType::bf16},
                               Entry{17, "float8e4m3fn", DType::f8e4m3},
                               Entry{18, "float8e4m3fnuz", {}},
                               Entry{19, "float8e5m2", {}},
                               Entry{20, "float8e5m2fnuz", {}},
                               Entry{21, "uint4", {}},
                               Entry{22, "int4", {}},
                               Entry{23, "float4e2m1", {}},
                               Entry{24, "float8e8m0", {}},
                               Entry{25, "uint2", {}},
                               Entry{26, "int2", {}}};

}  // namespace

std::optional<DType> dtype_from_onnx(std::int64_t type) noexcept {
  for (const Entry& entry : kTypes)
    if (entry.onnx == type) return entry.dtype;
  return std::nullopt;
}

std::int32_t onnx_type(DType type) noexcept {
  for (const Entry& entry : kTypes)
    if (entry.dtype == type) return entry.onnx;
  return 0;
}

std::string onnx_type_name(std::int64_t type) {
  for (const Entry& entry : kTypes)
    if (entry.onnx == type) return std::string{entry.name};
  return "type " + std::to_string(type);
}

}  // namespace deepgap::model

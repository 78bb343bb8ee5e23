#include "deepgap/engines/onnxruntime/types.hpp"

#include <algorithm>
#include <array>

namespace deepgap::engines::onnxruntime {
namespace {

struct TypePair {
  DType ours;
  ONNXTensorElementDataType theirs;
};

constexpr std::array kTypes{
    TypePair{DType::f32, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT},
    TypePair{DType::f64, ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE},
    TypePair{DType::f16, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16},
    TypePair{DType::bf16, ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16},
    TypePair{DType::f8e4m3, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E4M3FN},
    TypePair{DType::i8, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8},
    TypePair{DType::u8, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8},
    TypePair{DType::i16, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16},
    TypePair{DType::u16, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16},
    TypePair{DType::i32, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32},
    TypePair{DType::u32, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32},
    TypePair{DType::i64, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64},
    TypePair{DType::u64, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64},
    TypePair{DType::boolean, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL},
};

}  // namespace

std::optional<DType> dtype_of(ONNXTensorElementDataType type) {
  const auto* found = std::ranges::find(kTypes, type, &TypePair::theirs);
  return found == kTypes.end() ? std::nullopt : std::optional{found->ours};
}

ONNXTensorElementDataType element_of(DType type) {
  return std::ranges::find(kTypes, type, &TypePair::ours)->theirs;
}

}  // namespace deepgap::engines::onnxruntime

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <limits>

#include "deepgap/model/onnx_types.hpp"
#include "onnx_detail.hpp"
#include "topology_detail.hpp"

namespace deepgap::model {
namespace {

Error broken(const onnx::TensorProto& proto, std::string_view why) {
  return Error{Errc::invalid_input, fmt::format("tensor {}: {}", show(proto.name()), why)};
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > std::uint64_t{1} << 62) return {};
  return value;
}

Result<ExternalData> external_data(const onnx::TensorProto& proto) {
  ExternalData where;
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == "location") {
      where.location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      const auto value = number(entry.value());
      if (!value)
        return broken(proto, fmt::format("external data in {} has the {} {}", show(where.location),
                                         entry.key(), show(entry.value())));
      if (entry.key() == "offset") where.offset = *value;
      if (entry.key() == "length") where.length = value;
    }
  }
  return where;
}

// Stored values -> elements of type To; bits of f16, bf16 and f8 come as integers.
template <class To, class Field>
Status copy_values(const onnx::TensorProto& proto, const Field& field, Tensor& tensor) {
  const auto out = tensor.as<To>();
  if (static_cast<std::size_t>(field.size()) != out.size())
    return broken(proto, fmt::format("its shape {} needs {} elements, the file holds {}",
                                     to_string(tensor.shape), out.size(), field.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto value = field[static_cast<int>(i)];
    if constexpr (std::is_integral_v<To>) {
      using Limits = std::numeric_limits<To>;
      if (std::cmp_less(value, Limits::min()) || std::cmp_greater(value, Limits::max()))
        return broken(proto, fmt::format("{} is out of range for {}", value, name(tensor.dtype)));
    }
    out[i] = static_cast<To>(value);
  }
  return {};
}

Status copy_typed(const onnx::TensorProto& proto, Tensor& tensor) {
  switch (tensor.dtype) {
    case DType::f32: return copy_values<float>(proto, proto.float_data(), tensor);
    case DType::f64: return copy_values<double>(proto, proto.double_data(), tensor);
    case DType::i64: return copy_values<std::int64_t>(proto, proto.int64_data(), tensor);
    case DType::u64: return copy_values<std::uint64_t>(proto, proto.uint64_data(), tensor);
    case DType::u32: return copy_values<std::uint32_t>(proto, proto.uint64_data(), tensor);
    case DType::i32: return copy_values<std::int32_t>(proto, proto.int32_data(), tensor);
    case DType::i16: return copy_values<std::int16_t>(proto, proto.int32_data(), tensor);
    case DType::i8: return copy_values<std::int8_t>(proto, proto.int32_data(), tensor);
    case DType::f16:
    case DType::bf16:
    case DType::u16: return copy_values<std::uint16_t>(proto, proto.int32_data(), tensor);
    case DType::f8e4m3:
    case DType::boolean:
    case DType::u8: return copy_values<std::uint8_t>(proto, proto.int32_data(), tensor);
  }
  return broken(proto, "unknown element type");
}

// How many elements the typed fields hold, so that nothing is allocated for a size that is only claimed.
std::int64_t stored_elements(const onnx::TensorProto& proto) {
  return std::int64_t{proto.float_data_size()} + proto.double_data_size() + proto.int64_data_size() +
         proto.uint64_data_size() + proto.int32_data_size();
}

Status check_bool(const onnx::TensorProto& proto, const Tensor& tensor) {
  if (tensor.dtype != DType::boolean) return {};
  for (const std::byte value : tensor.bytes)
    if (value > std::byte{1}) return broken(proto, "a bool that is neither 0 nor 1");
  return {};
}

}  // namespace

Error too_large(std::string_view what) {
  return Error{Errc::unsupported,
               fmt::format("{} holds more than 2 GB of weights: such a model cannot be handed to "
                           "an engine as one ONNX file",
                           what)};
}

Result<Tensor> tensor_from(const onnx::TensorProto& proto, const std::filesystem::path& folder) {
  const auto dtype = dtype_from_onnx(proto.data_type());
  if (!dtype)
    return Error{Errc::unsupported, fmt::format("unsupported element type {} of tensor {}",
                                                onnx_type_name(proto.data_type()), show(proto.name()))};
  Tensor tensor{*dtype, Shape(proto.dims().begin(), proto.dims().end()), {}};
  const auto count = element_count(tensor.shape);
  if (tensor.shape.size() > 64) return broken(proto, "it has more than 64 dimensions");
  if (!count) return broken(proto, fmt::format("impossible shape {}", to_string(tensor.shape)));
  const std::uint64_t bytes = static_cast<std::uint64_t>(*count) * size_of(*dtype);
  if (bytes > kMostConstantBytes) return too_large(show(proto.name()));

  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    auto where = external_data(proto);
    if (!where) return std::move(where).error();
    auto data = read_external(*where, folder, proto.name(), bytes);
    if (!data) return std::move(data).error();
    tensor.bytes = *std::move(data);
  } else if (!proto.raw_data().empty()) {
    if (proto.raw_data().size() != bytes)
      return broken(
          proto, fmt::format("its shape {} of {} needs {} bytes, the file holds {}", to_string(tensor.shape),
                             name(*dtype), bytes, proto.raw_data().size()));
    tensor.bytes.resize(bytes);
    std::memcpy(tensor.bytes.data(), proto.raw_data().data(), bytes);
  } else {
    if (stored_elements(proto) < *count)
      return broken(proto, fmt::format("its shape {} needs {} elements, the file holds {}",
                                       to_string(tensor.shape), *count, stored_elements(proto)));
    tensor.bytes.resize(bytes);
    if (auto done = copy_typed(proto, tensor); !done) return std::move(done).error();
  }
  if (auto valid = check_bool(proto, tensor); !valid) return std::move(valid).error();
  return tensor;
}

}  // namespace deepgap::model

#include "deepgap/engines/openvino/session.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <openvino/runtime/tensor.hpp>

#include "deepgap/engines/openvino/translate.hpp"

namespace deepgap::engines::openvino {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line and the widest vector

// All bits set: NaN in every float type, -1 or the largest value in every integer type.
constexpr int kPoison = 0xFF;

std::size_t byte_size(const TensorSpec& spec) {
  return static_cast<std::size_t>(element_count(spec.shape).value_or(0)) * size_of(spec.dtype);
}

ov::Tensor wrap(const TensorSpec& spec, Bytes memory) {
  return {element_of(spec.dtype), ov::Shape{spec.shape.begin(), spec.shape.end()}, memory.data()};
}

}  // namespace

OpenvinoSession::Buffer OpenvinoSession::allocate(std::size_t size) {
  const std::size_t rounded = std::max((size + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (memory == nullptr) throw std::bad_alloc{};
  std::memset(memory, 0, rounded);
  return {std::unique_ptr<std::byte, Free>{memory}, size};
}

OpenvinoSession::OpenvinoSession(ov::CompiledModel compiled, const std::vector<TensorSpec>& inputs,
                                 const std::vector<TensorSpec>& outputs)
    : request_{compiled.create_infer_request()} {
  for (const TensorSpec& spec : inputs) {
    inputs_.push_back(allocate(byte_size(spec)));
    request_.set_input_tensor(inputs_.size() - 1, wrap(spec, inputs_.back().bytes()));
  }
  for (const TensorSpec& spec : outputs) {
    outputs_.push_back(allocate(byte_size(spec)));
    request_.set_output_tensor(outputs_.size() - 1, wrap(spec, outputs_.back().bytes()));
  }
}

OpenvinoSession::~OpenvinoSession() {
  if (started_) static_cast<void>(wait());  // the request still writes into our buffers
}

void OpenvinoSession::poison_outputs() {
  for (const Buffer& buffer : outputs_) std::memset(buffer.memory.get(), kPoison, buffer.size);
}

Status OpenvinoSession::run() {
  try {
    request_.infer();
  } catch (...) {
    return translate_exception("run the network", Errc::engine_failure);
  }
  return {};
}

Status OpenvinoSession::start() {
  try {
    request_.start_async();
    started_ = true;
  } catch (...) {
    return translate_exception("start the network", Errc::engine_failure);
  }
  return {};
}

Status OpenvinoSession::wait() {
  started_ = false;
  try {
    request_.wait();
  } catch (...) {
    return translate_exception("run the network", Errc::engine_failure);
  }
  return {};
}

}  // namespace deepgap::engines::openvino

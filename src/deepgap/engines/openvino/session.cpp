#include "deepgap/engines/openvino/session.hpp"

#include <new>

#include <openvino/runtime/tensor.hpp>

#include "deepgap/engines/openvino/translate.hpp"

namespace deepgap::engines::openvino {
namespace {

engine::HostBuffer allocate(const TensorSpec& spec) {
  auto buffer = engine::HostBuffer::allocate(bytes_of(spec));
  if (!buffer) throw std::bad_alloc{};
  return *std::move(buffer);
}

ov::Tensor wrap(const TensorSpec& spec, Bytes memory) {
  return {element_of(spec.dtype), ov::Shape{spec.shape.begin(), spec.shape.end()}, memory.data()};
}

}  // namespace

OpenvinoSession::OpenvinoSession(ov::CompiledModel compiled, const std::vector<TensorSpec>& inputs,
                                 const std::vector<TensorSpec>& outputs)
    : request_{compiled.create_infer_request()} {
  for (const TensorSpec& spec : inputs) {
    inputs_.push_back(allocate(spec));
    request_.set_input_tensor(inputs_.size() - 1, wrap(spec, inputs_.back().bytes()));
  }
  for (const TensorSpec& spec : outputs) {
    outputs_.push_back(allocate(spec));
    request_.set_output_tensor(outputs_.size() - 1, wrap(spec, outputs_.back().bytes()));
  }
}

OpenvinoSession::~OpenvinoSession() {
  if (started_) static_cast<void>(wait());  // the request still writes into our buffers
}

void OpenvinoSession::poison_outputs() {
  for (const engine::HostBuffer& buffer : outputs_) engine::poison(buffer.bytes());
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

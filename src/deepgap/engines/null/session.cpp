#include "deepgap/engines/null/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <thread>

#include "deepgap/core/hash.hpp"
#include "deepgap/engine/host_buffer.hpp"

namespace deepgap::engines::null {
namespace {

constexpr int kExitStatus = 7;

template <class T, class Change>
void change_all(Tensor& tensor, Change change) {
  for (T& value : tensor.as<T>()) value = change(value);
}

// Wrong whatever the values are: no output is zero everywhere after it, none is what it was.
void make_wrong(Tensor& tensor) {
  if (tensor.dtype == DType::f32)
    change_all<float>(tensor, [](float value) { return 1.5F * value + 1; });
  else if (tensor.dtype == DType::f64)
    change_all<double>(tensor, [](double value) { return 1.5 * value + 1; });
  else
    for (std::byte& byte : tensor.bytes) byte ^= std::byte{0x15};
}

void make_nan(Tensor& tensor) {
  if (tensor.dtype == DType::f32)
    std::ranges::fill(tensor.as<float>(), std::numeric_limits<float>::quiet_NaN());
  else if (tensor.dtype == DType::f64)
    std::ranges::fill(tensor.as<double>(), std::numeric_limits<double>::quiet_NaN());
  else if (tensor.dtype == DType::f16 || tensor.dtype == DType::bf16)
    engine::poison(tensor.bytes);
}

}  // namespace

void perish(Failure failure) {
  switch (failure) {
    case Failure::crash:
      std::signal(SIGSEGV, SIG_DFL);
      std::raise(SIGSEGV);
      break;
    case Failure::abort: std::abort();
    case Failure::exit: ::_exit(kExitStatus);
    case Failure::oom: ::kill(::getpid(), SIGKILL); break;
    case Failure::hang:
      while (true) std::this_thread::sleep_for(std::chrono::hours{1});
    default: break;
  }
}

NullSession::NullSession(std::shared_ptr<const Network> network, const Behaviour& behaviour,
                         Precision precision, std::uint64_t index)
    : network_{std::move(network)},
      fail_{behaviour.fail},
      fail_at_{behaviour.fail_at},
      latencies_{behaviour, network_->batch(), precision, index},
      immediate_{latencies_.zero()},
      device_share_{behaviour.device_share} {
  for (const TensorSpec& spec : network_->inputs()) inputs_.push_back(make_tensor(spec.dtype, spec.shape));
  for (const TensorSpec& spec : network_->outputs()) outputs_.push_back(make_tensor(spec.dtype, spec.shape));
}

Bytes NullSession::input(std::size_t index) {
  changed_ = true;
  return inputs_.at(index).bytes;
}

ConstBytes NullSession::output(std::size_t index) const { return outputs_.at(index).bytes; }

void NullSession::poison_outputs() {
  changed_ = true;
  for (Tensor& tensor : outputs_) engine::poison(tensor.bytes);
}

std::string NullSession::inputs_hash() const {
  Hasher hasher;
  for (const Tensor& tensor : inputs_) hasher.add(ConstBytes{tensor.bytes});
  return hasher.hex();
}

Status NullSession::refresh_outputs() {
  changed_ = false;
  if (const auto hash = inputs_hash(); hash != right_for_) {
    auto computed = network_->compute(inputs_);
    if (!computed) return std::move(computed).error();
    right_ = *std::move(computed);
    right_for_ = hash;
  }
  // Addresses stay: the contract lets callers keep them.
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    std::ranges::copy(right_[i].bytes, outputs_[i].bytes.begin());
  if (calls_ > fail_at_) spoil_outputs();
  return {};
}

void NullSession::spoil_outputs() {
  for (Tensor& tensor : outputs_) {
    if (fail_ == Failure::output) make_wrong(tensor);
    if (fail_ == Failure::nan) make_nan(tensor);
  }
}

Status NullSession::misbehave() {
  if (fail_ == Failure::run)
    return Error{Errc::engine_failure, "null: this call fails because it was asked to"};
  if (calls_ == fail_at_) spoil_outputs();
  perish(fail_);
  return {};
}

Status NullSession::run() {
  if (auto started = start(); !started) return started;
  return wait();
}

Status NullSession::start() {
  if (!immediate_) deadline_ = Clock::now();
  ++calls_;
  if (changed_) [[unlikely]]
    pending_ = refresh_outputs();
  if (fail_ != Failure::never && calls_ >= fail_at_ && pending_) [[unlikely]]
    pending_ = misbehave();
  if (!immediate_) deadline_ += std::chrono::nanoseconds{latest_ns_ = latencies_.next()};
  return {};
}

Status NullSession::wait() {
  if (!immediate_)
    while (Clock::now() < deadline_) continue;
  return std::exchange(pending_, Status{});
}

std::optional<std::int64_t> NullSession::device_ns() const {
  if (!device_share_) return std::nullopt;
  return std::llround(*device_share_ * static_cast<double>(latest_ns_));
}

}  // namespace deepgap::engines::null

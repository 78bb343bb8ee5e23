#pragma once

#include <cassert>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// Knows: what can go wrong and how it is told. Never knows: who asked, engines, files, output.
namespace deepgap {

// invalid_input: the user's mistake. unsupported: understood, but this engine or program cannot do it (a
// skip). unavailable: the environment lacks something (message names the cure). engine_failure: an engine
// broke (a row, the study goes on). io: files and pipes. interrupted: Ctrl-C or a stop request. internal: our
// bug.
enum class Errc { invalid_input, unsupported, unavailable, engine_failure, io, interrupted, internal };

[[nodiscard]] std::string_view name(Errc code) noexcept;

// A failure as a value: a category and one sentence, outermost context first.
class [[nodiscard]] Error {
 public:
  Error(Errc code, std::string what, std::source_location at = std::source_location::current())
      : code_{code}, what_{std::move(what)}, at_{at} {}

  // "load resnet50.onnx: read tensor w: data ends early"
  Error&& in(std::string_view context) && {
    what_.insert(0, std::string{context} + ": ");
    return std::move(*this);
  }
  [[nodiscard]] Errc code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return what_; }
  [[nodiscard]] std::source_location where() const noexcept { return at_; }

 private:
  Errc code_;
  std::string what_;
  std::source_location at_;
};

// A value or an Error (std::expected is C++23; this is the part of it the project needs).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_{std::in_place_index<0>, std::move(value)} {}      // NOLINT(*-explicit-*)
  Result(Error error) : v_{std::in_place_index<1>, std::move(error)} {}  // NOLINT(*-explicit-*)
  explicit operator bool() const noexcept { return v_.index() == 0; }
  T& operator*() & {
    assert(v_.index() == 0);
    return *std::get_if<0>(&v_);
  }
  const T& operator*() const& {
    assert(v_.index() == 0);
    return *std::get_if<0>(&v_);
  }
  T&& operator*() && {
    assert(v_.index() == 0);
    return std::move(*std::get_if<0>(&v_));
  }
  T* operator->() {
    assert(v_.index() == 0);
    return std::get_if<0>(&v_);
  }
  const T* operator->() const {
    assert(v_.index() == 0);
    return std::get_if<0>(&v_);
  }
  Error error() && { return std::get<1>(std::move(v_)); }
  [[nodiscard]] const Error& error() const& { return std::get<1>(v_); }

 private:
  std::variant<T, Error> v_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : v_{std::in_place_index<1>, std::move(error)} {}  // NOLINT(*-explicit-*)
  explicit operator bool() const noexcept { return v_.index() == 0; }
  Error error() && { return std::get<1>(std::move(v_)); }
  [[nodiscard]] const Error& error() const& { return std::get<1>(v_); }

 private:
  std::variant<std::monostate, Error> v_;
};

using Status = Result<void>;

}  // namespace deepgap

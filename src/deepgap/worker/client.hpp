#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deepgap/core/error.hpp"
#include "deepgap/measure/verify.hpp"
#include "deepgap/worker/messages.hpp"
#include "deepgap/worker/process.hpp"

// The supervisor's side of one worker: typed questions, and every way a worker can die told as an Error.
namespace deepgap::worker {

// A crash, a hang, an exit or an out-of-memory kill is Errc::engine_failure in words for a row; the worker is
// gone afterwards. An engine's own error keeps its code. One thread.
class Client {
 public:
  using Seconds = std::chrono::duration<double>;

  // Starts this same program as a worker and loads the engine. Errc::unavailable with the reason and the cure
  // when the engine cannot be used here. `stop` (may be null) lets Ctrl-C end a round early.
  static Result<Client> start(std::string_view engine, Seconds timeout, const std::atomic<bool>* stop);
  // The same in two: the process dies with the thread that spawned it, so that one must last; loading the
  // engine takes long and may be left to another.
  static Result<Client> spawn(Seconds timeout, const std::atomic<bool>* stop);
  Status greet(std::string_view engine);

  [[nodiscard]] const Hello& hello() const noexcept { return hello_; }

  Result<CompileReply> compile(const CompileRequest& request, const std::vector<Tensor>& inputs);
  Result<measure::Verdict> verify(const std::vector<Tensor>& golden);
  Result<Tensor> outputs_for(const std::vector<Tensor>& inputs, std::int64_t count);
  Result<record::Round> round(const RoundRequest& request);
  std::optional<double> peak_memory_mb();  // of the worker so far; absent when it cannot be read

 private:
  Client(Process process, Seconds timeout, const std::atomic<bool>* stop)
      : process_{std::move(process)}, timeout_{timeout}, stop_{stop} {}

  Result<nlohmann::json> ask(const nlohmann::json& request, Seconds patience);
  Error died(std::string_view question);

  Process process_;
  Seconds timeout_;
  const std::atomic<bool>* stop_;
  Hello hello_;
};

}  // namespace deepgap::worker

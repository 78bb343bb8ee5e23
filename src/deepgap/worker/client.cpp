#include "deepgap/worker/client.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>

namespace deepgap::worker {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

// Of one round, in caps: two series, of which a slow case may stretch each to ten.
constexpr double kLongestVisit = 25;

}  // namespace

Result<Client> Client::spawn(Seconds timeout, const std::atomic<bool>* stop) {
  auto process = Process::spawn("/proc/self/exe", {"worker"});
  if (!process) return std::move(process).error();
  return Client{*std::move(process), timeout, stop};
}

Status Client::greet(std::string_view engine) {
  auto reply = ask({{"do", "hello"}, {"engine", engine}, {"protocol", kProtocolVersion}}, timeout_);
  if (!reply) return std::move(reply).error();
  auto hello = decode<Hello>(*reply);
  if (!hello) return std::move(hello).error();
  hello_ = *std::move(hello);
  return {};
}

Result<Client> Client::start(std::string_view engine, Seconds timeout, const std::atomic<bool>* stop) {
  auto client = spawn(timeout, stop);
  if (!client) return std::move(client).error();
  if (auto greeted = client->greet(engine); !greeted) return std::move(greeted).error();
  return client;
}

Error Client::died(std::string_view question) {
  const Exit exit = process_.wait(milliseconds{2000});
  std::string reason = exit.reason;
  if (exit.by_kill_signal) reason += ": most often the kernel's out-of-memory killer";
  const std::string said = process_.output();
  if (!said.empty())
    reason += fmt::format("; its last words: {}", said.substr(said.size() > 300 ? said.size() - 300 : 0));
  return Error{Errc::engine_failure, fmt::format("the worker died during '{}': {}", question, reason)};
}

Result<json> Client::ask(const json& request, Seconds patience) {
  const auto question = request.at("do").get<std::string>();
  if (!process_.channel().send(request)) return died(question);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration_cast<milliseconds>(patience);
  bool told_to_stop = false;
  while (!process_.channel().readable(milliseconds{100})) {
    if (stop_ != nullptr && stop_->load() && !std::exchange(told_to_stop, true)) process_.signal(SIGUSR1);
    if (std::chrono::steady_clock::now() < deadline) continue;
    process_.kill();
    return Error{
        Errc::engine_failure,
        fmt::format("no answer to '{}' within {:.0f} s; the worker was killed (measure.case_timeout in the "
                    "study sets the limit)",
                    question, patience.count())};
  }
  auto reply = process_.channel().receive(std::chrono::steady_clock::now() + std::chrono::seconds{60});
  if (!reply) return died(question);
  if (reply->contains("error")) return decode_error(*reply);
  if (!reply->contains("ok"))
    return Error{Errc::io, fmt::format("the worker's answer to '{}' is malformed", question)};
  return std::move((*reply)["ok"]);
}

Result<CompileReply> Client::compile(const CompileRequest& request, const std::vector<Tensor>& inputs) {
  auto reply = ask({{"do", "compile"}, {"case", encode(request)}, {"inputs", encode(inputs)}}, timeout_);
  if (!reply) return std::move(reply).error();
  return decode<CompileReply>(*reply);
}

Result<measure::Verdict> Client::verify(const std::vector<Tensor>& golden) {
  auto reply = ask({{"do", "verify"}, {"golden", encode(golden)}}, timeout_);
  if (!reply) return std::move(reply).error();
  if (!reply->is_array() || reply->size() != 3 || !(*reply)[0].is_boolean() || !(*reply)[1].is_boolean() ||
      !(*reply)[2].is_string())
    return Error{Errc::io, "the worker's verdict is malformed"};
  return measure::Verdict{(*reply)[0].get<bool>(), (*reply)[1].get<bool>(), (*reply)[2].get<std::string>()};
}

Result<Tensor> Client::outputs_for(const std::vector<Tensor>& inputs, std::int64_t count) {
  auto reply = ask({{"do", "outputs"}, {"inputs", encode(inputs)}, {"count", count}}, timeout_);
  if (!reply) return std::move(reply).error();
  auto tensors = decode<std::vector<Tensor>>(*reply);
  if (!tensors) return std::move(tensors).error();
  if (tensors->size() != 1) return Error{Errc::io, "the worker's outputs are malformed"};
  return std::move(tensors->front());
}

Result<record::Round> Client::round(const RoundRequest& request) {
  // A round ends at its cap or after one more call; a look and the warm-up calls are short beside that.
  auto reply =
      ask({{"do", "round"}, {"round", encode(request)}}, timeout_ + Seconds{kLongestVisit * request.cap_s});
  if (!reply) return std::move(reply).error();
  return decode<record::Round>(*reply);
}

std::optional<double> Client::peak_memory_mb() {
  auto reply = ask({{"do", "memory"}}, Seconds{5});
  if (!reply || !reply->is_number()) return std::nullopt;
  return reply->get<double>();
}

}  // namespace deepgap::worker

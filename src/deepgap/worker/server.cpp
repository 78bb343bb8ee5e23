#include "deepgap/worker/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "deepgap/core/text.hpp"
#include "deepgap/engine/catalog.hpp"
#include "deepgap/engine/plugin.hpp"
#include "deepgap/measure/case_runner.hpp"
#include "deepgap/stats/params.hpp"
#include "deepgap/telemetry/procfs.hpp"
#include "deepgap/worker/channel.hpp"
#include "deepgap/worker/messages.hpp"
#include "deepgap/worker/process.hpp"

namespace deepgap::worker {
namespace {

using nlohmann::json;

std::atomic<bool> stop_requested{false};

void on_stop(int) { stop_requested.store(true); }

json ok(json value) { return {{"ok", std::move(value)}}; }

// A whole file as memory: 100 MB of weights are not copied before the engine reads them.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info{};
    if (fd < 0 || ::fstat(fd, &info) != 0 || info.st_size <= 0) {
      if (fd >= 0) ::close(fd);
      return Error{Errc::io, fmt::format("cannot read {}", path)};
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    ::close(fd);
    if (data == MAP_FAILED) return Error{Errc::io, fmt::format("cannot map {}", path)};
    return MappedFile{data, size};
  }
  ~MappedFile() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }
  MappedFile(MappedFile&& other) noexcept : data_{std::exchange(other.data_, nullptr)}, size_{other.size_} {}
  MappedFile& operator=(MappedFile&&) = delete;

  [[nodiscard]] ConstBytes bytes() const noexcept { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  MappedFile(void* data, std::size_t size) noexcept : data_{data}, size_{size} {}
  void* data_;
  std::size_t size_;
};

class Server {
 public:
  json answer(const json& request) {
    const auto kind = request.find("do");
    if (kind == request.end() || !kind->is_string()) return encode(Error{Errc::io, "a request without 'do'"});
    const auto handler = kHandlers.find(kind->get<std::string>());
    if (handler == kHandlers.end())
      return encode(
          Error{Errc::io, fmt::format("unknown request '{}'", printable(kind->get<std::string>()))});
    try {
      return (this->*handler->second)(request);
    } catch (const json::exception& e) {
      return encode(Error{Errc::io, fmt::format("malformed request: {}", e.what())});
    } catch (const std::bad_alloc&) {
      return encode(Error{Errc::engine_failure, "out of memory"});
    }
  }

 private:
  using Handler = json (Server::*)(const json&);

  json hello(const json& request) {
    if (request.at("protocol").get<int>() != kProtocolVersion)
      return encode(Error{Errc::internal, "supervisor and worker speak different protocols"});
    const auto name = request.at("engine").get<std::string>();
    const engine::CatalogEntry* entry = engine::find(name);
    const std::string cure = entry != nullptr ? fmt::format("; type: {}", entry->install) : std::string{};
    const auto file = engine::plugin_file(name);
    if (!file) return encode(Error{Errc::unavailable, "its plug-in was not built here" + cure});
    auto plugin = engine::LoadedPlugin::open(*file);
    if (!plugin) return encode(Error{Errc::unavailable, plugin.error().message() + cure});
    plugin_.emplace(*std::move(plugin));
    auto engine = plugin_->plugin().create();
    if (!engine) return encode(engine.error());
    engine_ = *std::move(engine);
    return ok(encode(Hello{std::string{engine_->name()}, engine_->version(), engine_->capabilities()}));
  }

  json compile(const json& request) {
    if (!engine_) return encode(Error{Errc::internal, "compile before hello"});
    auto wanted = decode<CompileRequest>(request.at("case"));
    if (!wanted) return encode(wanted.error());
    auto inputs = decode<std::vector<Tensor>>(request.at("inputs"));
    if (!inputs) return encode(inputs.error());
    auto file = MappedFile::open(wanted->model_file);
    if (!file) return encode(file.error());
    measure::CaseSetup setup;
    setup.source = {wanted->model_name, file->bytes(), wanted->model_hash, wanted->inputs};
    setup.options = wanted->options;
    setup.batch = wanted->batch;
    setup.conditions = wanted->conditions;
    auto runner = measure::CaseRunner::compile(*engine_, setup);
    if (!runner) return encode(runner.error());
    runner_.emplace(*std::move(runner));
    if (auto loaded = runner_->load_inputs(*std::move(inputs)); !loaded) return encode(loaded.error());
    if (auto called = runner_->first_call(); !called) return encode(called.error());
    const engine::Model& model = runner_->model();
    return ok(encode(CompileReply{model.effective(),
                                  {model.inputs().begin(), model.inputs().end()},
                                  {model.outputs().begin(), model.outputs().end()},
                                  runner_->compile_s(),
                                  runner_->first_call_ms(),
                                  runner_->sweep_words()}));
  }

  json verify(const json& request) {
    if (!runner_) return encode(Error{Errc::internal, "verify before compile"});
    auto golden = decode<std::vector<Tensor>>(request.at("golden"));
    if (!golden) return encode(golden.error());
    auto verdict = runner_->verify(*golden);
    if (!verdict) return encode(verdict.error());
    return ok({verdict->pass, verdict->non_finite, verdict->detail});
  }

  json outputs(const json& request) {
    if (!runner_) return encode(Error{Errc::internal, "outputs before compile"});
    auto inputs = decode<std::vector<Tensor>>(request.at("inputs"));
    if (!inputs) return encode(inputs.error());
    auto outputs = runner_->outputs_for(*inputs, request.at("count").get<std::int64_t>());
    if (!outputs) return encode(outputs.error());
    std::vector<Tensor> list;
    list.push_back(*std::move(outputs));
    return ok(encode(list));
  }

  json round(const json& request) {
    if (!runner_) return encode(Error{Errc::internal, "round before compile"});
    auto wanted = decode<RoundRequest>(request.at("round"));
    if (!wanted) return encode(wanted.error());
    measure::RoundTask task;
    task.index = wanted->index;
    task.process = wanted->process;
    task.planned_samples = wanted->planned_samples;
    task.study_warmups = wanted->study_warmups;
    stats::Params base;
    base.target = wanted->target;
    base.level_seq = wanted->level;
    base.stop_on = stats::percentile_from(wanted->stop_on);  // absent for "mean"
    task.params = stats::session_round_params(wanted->rounds, base);
    task.params.n_min = wanted->min_samples;
    task.params.n_min_slow = wanted->slow_samples;
    task.params.horizon_s = wanted->slow_after_s;
    task.params.t_min_s = wanted->min_s;
    task.params.t_cap_s = wanted->cap_s;
    auto round = runner_->run_round(task, stop_requested);
    if (!round) return encode(round.error());
    return ok(encode(*round));
  }

  json memory(const json&) {
    const auto bytes = telemetry::peak_rss_bytes();
    return ok(bytes ? json(static_cast<double>(*bytes) / 1e6) : json(nullptr));
  }

  inline static const std::map<std::string, Handler, std::less<>> kHandlers{
      {"hello", &Server::hello},     {"compile", &Server::compile}, {"verify", &Server::verify},
      {"outputs", &Server::outputs}, {"round", &Server::round},     {"memory", &Server::memory}};

  std::optional<engine::LoadedPlugin> plugin_;  // outlives what was made from it
  std::unique_ptr<engine::Engine> engine_;
  std::optional<measure::CaseRunner> runner_;
};

}  // namespace

int serve() {
  struct sigaction action{};
  action.sa_handler = on_stop;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGUSR1, &action, nullptr);
  Channel channel{Process::kChannelFd};
  Server server;
  while (true) {
    auto request = channel.receive();
    if (!request) return 0;  // the supervisor is gone or done
    if (!channel.send(server.answer(*request))) return 0;
  }
}

}  // namespace deepgap::worker

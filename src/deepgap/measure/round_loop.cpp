#include "deepgap/measure/round_loop.hpp"

namespace deepgap::measure {
namespace {

class Sessions {
 public:
  explicit Sessions(std::span<const std::unique_ptr<engine::Session>> sessions) : sessions_{sessions} {}
  [[nodiscard]] std::size_t size() const noexcept { return sessions_.size(); }
  Status start(std::size_t i) { return sessions_[i]->start(); }
  Status wait(std::size_t i) { return sessions_[i]->wait(); }

 private:
  std::span<const std::unique_ptr<engine::Session>> sessions_;
};

}  // namespace

Result<RoundSeries> run_round(const RoundSpec& spec,
                              std::span<const std::unique_ptr<engine::Session>> sessions,
                              const std::atomic<bool>& stop,
                              const std::function<void(std::int64_t, std::int64_t)>& on_block,
                              const Manner& manner) {
  if (sessions.empty() || (sessions.size() > 1 && (manner.between != nullptr || manner.device_clock)))
    return Error{Errc::internal, "a round needs at least one session, and some rounds no more"};
  SteadyClock clock;
  const auto notify = [&on_block](std::int64_t first, std::int64_t count) {
    if (on_block) on_block(first, count);
  };
  const RoundHooks hooks{clock, stop, notify};
  if (sessions.size() > 1) {
    Sessions pipeline{sessions};
    return run_pipelined_round(spec, pipeline, hooks);
  }
  engine::Session& session = *sessions.front();
  const auto call = [&session] { return session.run(); };
  if (manner.device_clock) {
    const auto time = [&session](std::int64_t host_ns) { return session.device_ns().value_or(host_ns); };
    return detail::run(spec, ClosedLoop{clock, call, AtOnce{}, time}, hooks);
  }
  return manner.between != nullptr ? run_round(spec, call, hooks, *manner.between)
                                   : run_round(spec, call, hooks);
}

}  // namespace deepgap::measure

#include "server/scheduler.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace wws::server {
namespace {

using State = wasm::Instance::State;

}  // namespace

Scheduler::Scheduler(asio::io_context& context, const wasm::Engine& engine, wasm::EpochTimer* timer,
                     const base::Clock& clock, const ServerLimits& limits, int wake_fd)
    : engine_(engine),
      timer_(timer),
      clock_(clock),
      limits_(limits),
      alarm_(context),
      wake_(context, dup(wake_fd)) {
  watch_woken();
}

bool Scheduler::has_free_instance() const noexcept {
  // Ended guests keep their instance until reap(); waiting ones have none yet.
  return live_.size() - waiting_.size() + ended_.size() < engine_.settings().instances;
}

std::optional<Result<http::Response>> Scheduler::start(Id id,
                                                       std::unique_ptr<runtime::Invocation> invocation) {
  if (!has_free_instance()) reap();
  if (!has_free_instance()) {
    if (waiting_.size() >= limits_.waiting) {
      return fail(ErrorCode::kOverloaded, "too many requests wait for a free instance");
    }
    waiting_.push_back({id, clock_.now()});
    live_.emplace(id, Live{std::move(invocation), {}});
    return std::nullopt;
  }
  const State state = slice(*invocation);
  if (state == State::kDone) {
    auto response = invocation->finish();
    ended_.push_back(std::move(invocation));
    return response;
  }
  const base::Instant wake_at = invocation->wake_at();
  live_.emplace(id, Live{std::move(invocation), {}});
  park(id, state, wake_at);
  return std::nullopt;
}

void Scheduler::attach(Id id, Done done) { live_.at(id).done = std::move(done); }

void Scheduler::cancel(Id id) {
  std::erase(runnable_, id);
  std::erase_if(waiting_, [id](const Waiting& waiting) { return waiting.id == id; });
  if (live_.erase(id) > 0) start_waiting();
}

void Scheduler::run_one() {
  const Id id = runnable_.front();
  runnable_.pop_front();
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  const State state = slice(*found->second.invocation);
  if (state == State::kDone) {
    finish(id);
  } else {
    park(id, state, found->second.invocation->wake_at());
  }
}

State Scheduler::slice(runtime::Invocation& invocation) {
  if (timer_ != nullptr) timer_->slice_begins();
  const State state = invocation.poll();
  if (timer_ != nullptr) timer_->slice_ends();
  return state;
}

void Scheduler::park(Id id, State state, base::Instant wake_at) {
  if (state == State::kYielded) {
    runnable_.push_back(id);
    return;
  }
  sleeping_.emplace_back(wake_at, id);
  std::push_heap(sleeping_.begin(), sleeping_.end(), std::greater<>());
  set_alarm();
}

void Scheduler::finish(Id id) {
  auto& invocation = live_.at(id).invocation;
  auto response = invocation->finish();
  ended_.push_back(std::move(invocation));
  finish_with(id, std::move(response));
}

void Scheduler::finish_with(Id id, Result<http::Response> result) {
  // Out of the table first: what `done` does may start or cancel others.
  const auto node = live_.extract(id);
  node.mapped().done(std::move(result));
  reap();
  start_waiting();
}

void Scheduler::start_waiting() {
  while (!waiting_.empty() && has_free_instance()) {
    runnable_.push_back(waiting_.front().id);
    waiting_.pop_front();
  }
}

void Scheduler::sweep() {
  const base::Instant now = clock_.now();
  while (!waiting_.empty() && now - waiting_.front().since > limits_.waiting_time) {
    const Id late = waiting_.front().id;
    waiting_.pop_front();
    finish_with(late,
                fail(ErrorCode::kOverloaded, "no instance was free within the time a request waits for one"));
  }
}

void Scheduler::set_alarm() {
  if (sleeping_.empty() || sleeping_.front().first >= alarm_at_) return;
  alarm_at_ = sleeping_.front().first;
  alarm_.expires_after(std::max(base::Duration(0), alarm_at_ - clock_.now()));
  alarm_.async_wait([this](error_code error) {
    if (!error) wake_sleepers();
  });
}

void Scheduler::wake_sleepers() {
  alarm_at_ = base::Instant::max();
  const base::Instant now = clock_.now();
  while (!sleeping_.empty() && sleeping_.front().first <= now) {
    const Id id = sleeping_.front().second;
    std::pop_heap(sleeping_.begin(), sleeping_.end(), std::greater<>());
    sleeping_.pop_back();
    if (live_.contains(id)) runnable_.push_back(id);
  }
  set_alarm();
}

void Scheduler::watch_woken() {
  wake_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    if (error) return;
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = read(wake_.native_handle(), &count, sizeof count);
    for (const Id id : engine_.take_woken()) {
      if (live_.contains(id)) runnable_.push_back(id);
    }
    watch_woken();
  });
}

}  // namespace wws::server

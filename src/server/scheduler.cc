#include "server/scheduler.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/quantity.h"

namespace wws::server {
namespace {

using State = wasm::Instance::State;

/// `result`: null where nobody waits for one any more.
void record_guest(const runtime::Invocation& invocation, base::Duration held,
                  const Result<http::Response>* result) noexcept {
  using trace::Text;
  trace::RequestTrace& trace = *invocation.trace();
  trace.guest_cpu_time += invocation.cpu_time();
  trace.tracer->record(trace::SpanKind::kGuest, trace.context.trace, trace.guest, trace.context.span, held,
                       [&](trace::SpanRecord& span) {
                         span.cpu_time = static_cast<std::uint64_t>(invocation.cpu_time().count());
                         span.put(Text::kWorker, invocation.worker().file, 128);
                         if (result == nullptr || *result) return;
                         span.set_error(base::name(result->error().code), result->error().message);
                       });
}

}  // namespace

Scheduler::Scheduler(asio::io_context& context, const Parts& parts, const ServerLimits& limits)
    : parts_(parts), limits_(limits), alarm_(context), wake_(context, dup(parts.wake_fd)) {
  watch_woken();
}

bool Scheduler::has_free_instance() const noexcept {
  // Ended guests keep their instance until reap(); waiting ones have none yet.
  return live_.size() - turns_.waiting() + ended_.size() < parts_.engine.settings().instances;
}

/// However slow its clients are, a worker leaves a quarter of the instances to the others.
bool Scheduler::has_share_left(const runtime::Worker& worker) const noexcept {
  const std::uint32_t all = parts_.engine.settings().instances;
  return worker.instances < std::max(all - all / 4, 1U);
}

bool Scheduler::has_to_wait(const runtime::Worker& worker) const noexcept {
  return worker.module->is_pending() || !has_free_instance() || !has_share_left(worker) ||
         turns_.has_to_wait(&worker);
}

/// After an instance of the worker was taken or given back.
void Scheduler::count_instances(const runtime::Worker& worker) {
  turns_.set_full(&worker, has_share_left(worker) ? Turns::Share::kLeft : Turns::Share::kUsedUp);
}

std::optional<Result<http::Response>> Scheduler::start(Id id, std::unique_ptr<runtime::Invocation> invocation,
                                                       metrics::RouteSlot slot) {
  if (!invocation->can_begin()) {
    put_off(id, std::move(invocation), Turns::Lane::kClosed, slot);
    return std::nullopt;
  }
  if (!has_free_instance()) reap();
  if (has_to_wait(invocation->worker())) {
    put_off(id, std::move(invocation), Turns::Lane::kOpen, slot);
    return std::nullopt;
  }
  const State state = slice(*invocation);
  if (state == State::kDone) {
    auto response = invocation->finish();
    // Its one slice is all the time that it took: nobody has to look at the clock.
    const base::Duration time = invocation->cpu_time();
    parts_.metrics.guest(slot, {time, time, invocation->memory_peak(), invocation->start_time()});
    if (invocation->trace() != nullptr) record_guest(*invocation, time, &response);
    ended_.push_back(std::move(invocation));
    return response;
  }
  Live live;
  live.invocation = std::move(invocation);
  live.counted = {slot, begins(*live.invocation)};
  const runtime::Worker& worker = live.invocation->worker();
  park(id, live_.emplace(id, std::move(live)).first->second, state);
  count_instances(worker);
  return std::nullopt;
}

void Scheduler::put_off(Id id, std::unique_ptr<runtime::Invocation> invocation, Turns::Lane lane,
                        metrics::RouteSlot slot) {
  const runtime::Worker* worker = &invocation->worker();
  turns_.add_waiting(worker, id, parts_.clock.now(), lane);
  count_instances(*worker);
  Live& live = live_[id];
  live.invocation = std::move(invocation);
  live.queued_since = parts_.clock.now();
  live.counted.slot = slot;
}

std::optional<Error> Scheduler::refuses(const runtime::Worker& worker) const {
  // Only what would have to wait is refused, and only for what waits before it.
  if (turns_.waiting(&worker) >= limits_.waiting && has_to_wait(worker)) {
    return Error{ErrorCode::kOverloaded,
                 fmt::format("{} of its requests wait already", turns_.waiting(&worker))};
  }
  const auto since = turns_.waiting_since(&worker);
  if (!since || worker.module->is_pending()) return std::nullopt;
  const base::Duration wait = std::max(parts_.clock.now() - *since, turns_.expected_wait(&worker));
  if (wait <= limits_.queue_time) return std::nullopt;
  return Error{ErrorCode::kOverloaded, fmt::format("it would wait for more than {} behind other requests",
                                                   base::format_duration(limits_.queue_time))};
}

bool Scheduler::takes_stream(const runtime::Worker& worker) const {
  runtime::LazyModule& module = *worker.module;
  if (module.is_pending()) return worker.takes_stream;
  return module.get(parts_.engine) && module.abi() == runtime::Abi::kNative;
}

void Scheduler::attach(Id id, Taker taker) { live_.at(id).taker = std::move(taker); }

abi::NativeExchange* Scheduler::exchange(Id id) {
  const auto found = live_.find(id);
  return found == live_.end() ? nullptr : found->second.invocation->exchange();
}

void Scheduler::abandon(Id id, std::shared_ptr<void> request) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  Live& live = found->second;
  abi::NativeExchange* exchange = live.invocation->exchange();
  if (exchange == nullptr) return cancel(id);
  exchange->close();
  live.taker = {[](const Result<http::Response>&) {}, [] {}};
  live.request = std::move(request);
  live.ends_at = parts_.clock.now() + kGraceTime;
  ++abandoned_;
  make_runnable(id);
}

void Scheduler::cancel(Id id) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  Live& live = found->second;
  if (live.sleeps_until) sleeping_.erase({*live.sleeps_until, id});
  if (live.ends_at) --abandoned_;
  count_guest(*live.invocation, live.counted, nullptr);
  const auto worker = live.invocation->kept_worker();
  turns_.remove(worker.get(), id);
  live_.erase(found);
  count_instances(*worker);
}

void Scheduler::complete(const abi::Ticket& ticket, std::unique_ptr<abi::OperationResult> result) {
  const auto found = live_.find(ticket.invocation);
  if (found == live_.end() || !found->second.invocation->complete(ticket, std::move(result))) return;
  make_runnable(ticket.invocation);
}

void Scheduler::run_one() {
  const auto turn = turns_.next(has_free_instance(), parts_.clock.now());
  if (!turn) return;
  const auto found = live_.find(turn->id);
  if (found == live_.end()) return;
  Live& live = found->second;
  if (turn->is_first) {
    live.counted.began = begins(*live.invocation);
    if (live.queued_since)
      parts_.metrics.observe(metrics::Histogram::kQueueWait, parts_.clock.now() - *live.queued_since);
  }
  const State state = slice(*live.invocation);
  if (turn->is_first) count_instances(live.invocation->worker());
  if (state == State::kDone) return finish(turn->id);
  park(turn->id, live, state);
  if (live.invocation->exchange() == nullptr) return;
  const auto progress = live.taker.progress;  // a copy: it may abandon the guest, and so itself
  progress();
}

State Scheduler::slice(runtime::Invocation& invocation) {
  const runtime::ProcessStatus::Mark mark(parts_.status, invocation.worker().module->number());
  if (parts_.timer != nullptr) parts_.timer->slice_begins();
  const State state = invocation.step(parts_.engine);
  if (parts_.timer != nullptr) parts_.timer->slice_ends();
  return state;
}

void Scheduler::park(Id id, Live& live, State state) {
  const runtime::Invocation& invocation = *live.invocation;
  if (state == State::kYielded) return turns_.add_running(&invocation.worker(), id, invocation.cpu_time());
  live.sleeps_until = invocation.wake_at();
  sleeping_.emplace(*live.sleeps_until, id);
  set_alarm();
}

void Scheduler::make_runnable(Id id) {
  const auto found = live_.find(id);
  if (found == live_.end() || !found->second.sleeps_until) return;
  Live& live = found->second;
  sleeping_.erase({*live.sleeps_until, id});
  live.sleeps_until.reset();
  turns_.add_running(&live.invocation->worker(), id, live.invocation->cpu_time());
}

void Scheduler::finish(Id id) {
  auto response = live_.at(id).invocation->finish();
  finish_with(id, std::move(response));
}

void Scheduler::finish_with(Id id, Result<http::Response> result) {
  // Out of the table first: what `done` does may start or cancel others.
  auto node = live_.extract(id);
  if (node.mapped().ends_at) --abandoned_;
  const auto worker = node.mapped().invocation->kept_worker();
  node.mapped().invocation->leave();
  count_guest(*node.mapped().invocation, node.mapped().counted, &result);
  count_instances(*worker);
  ended_.push_back(std::move(node.mapped().invocation));
  node.mapped().taker.done(std::move(result));
}

/// The clock is asked where somebody wants to know.
base::Instant Scheduler::begins(const runtime::Invocation& invocation) const noexcept {
  const bool is_wanted = parts_.metrics.is_on() || invocation.trace() != nullptr;
  return is_wanted ? parts_.clock.now() : base::Instant::max();
}

/// One that is over; without a first slice it has used nothing.
void Scheduler::count_guest(const runtime::Invocation& invocation, const Counted& counted,
                            const Result<http::Response>* result) const noexcept {
  if (counted.began == base::Instant::max()) return;
  const base::Duration held = parts_.clock.now() - counted.began;
  parts_.metrics.guest(counted.slot,
                       {invocation.cpu_time(), held, invocation.memory_peak(), invocation.start_time()});
  if (invocation.trace() != nullptr) record_guest(invocation, held, result);
}

void Scheduler::on_modules_changed() {
  for (const Turns::Worker lane : turns_.closed()) {
    // Something waits in it, and that keeps its worker.
    const auto* worker = static_cast<const runtime::Worker*>(lane);
    if (!worker->module->is_pending()) turns_.open(worker, parts_.clock.now());
  }
}

void Scheduler::sweep() {
  const base::Instant now = parts_.clock.now();
  while (const auto late = turns_.take_older_than(now - limits_.waiting_time)) {
    finish_with(*late,
                fail(ErrorCode::kOverloaded, fmt::format("waited for an instance for more than {}",
                                                         base::format_duration(limits_.waiting_time))));
  }
  end_abandoned(now);
}

void Scheduler::end_abandoned(base::Instant now) {
  if (abandoned_ == 0) return;
  std::vector<Id> late;
  for (const auto& [id, live] : live_) {
    if (live.ends_at && *live.ends_at <= now) late.push_back(id);
  }
  for (const Id id : late) cancel(id);
}

void Scheduler::set_alarm() {
  if (sleeping_.empty() || sleeping_.begin()->first >= alarm_at_) return;
  alarm_at_ = sleeping_.begin()->first;
  alarm_.expires_after(std::max(base::Duration(0), alarm_at_ - parts_.clock.now()));
  alarm_.async_wait([this](error_code error) {
    if (!error) wake_sleepers();
  });
}

void Scheduler::wake_sleepers() {
  alarm_at_ = base::Instant::max();
  const base::Instant now = parts_.clock.now();
  while (!sleeping_.empty() && sleeping_.begin()->first <= now) make_runnable(sleeping_.begin()->second);
  set_alarm();
}

void Scheduler::watch_woken() {
  wake_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    if (error) return;
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = read(wake_.native_handle(), &count, sizeof count);
    for (const Id id : parts_.engine.take_woken()) make_runnable(id);
    watch_woken();
  });
}

}  // namespace wws::server

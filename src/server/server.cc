#include "server/server.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/standard_streams.h"

namespace wws::server {
namespace {

constexpr std::chrono::seconds kSweepPeriod{1};
/// Handlers of sockets and timers between two slices of guests that go on.
constexpr unsigned kHandlersPerSlice = 64;

}  // namespace

Server::Server(Site site, const ServerParts& parts, const ServerLimits& limits, ErrorDetail detail)
    : limits_(limits),
      clock_(parts.clock),
      status_(parts.status),
      metrics_(parts.metrics),
      tracer_(parts.tracer),
      request_ids_(parts.random),
      bodies_(limits_.all_bodies_bytes),
      answers_(limits_.all_answers_bytes),
      scheduler_(context_,
                 {parts.engine, parts.timer, parts.clock, parts.wake_fd, parts.status, parts.metrics},
                 limits_),
      dispatcher_(std::move(site), scheduler_, answers_, parts.clock, parts.random, detail, parts.metrics),
      outbox_(parts.clock),
      sweep_timer_(context_),
      store_timer_(context_) {
  idle_.on_first = [this] { resume_accepting(); };
  metrics_.set(metrics::Gauge::kInstancesMost, parts.engine.settings().instances);
}

Server::~Server() {
  for (const auto& listener : listeners_) listener->stop();
  outbox_.clear();
  close_all();
  // Handlers that were on their way hold connections: they run out while all that these use is there.
  context_.restart();
  context_.poll();
}

void Server::add_listener(base::File socket, Accept when) {
  ConnectionTaker& taker = *this;
  auto listener = std::make_shared<Listener>(context_, std::move(socket), taker);
  listeners_.push_back(listener);
  if (when == Accept::kNow) listener->start();
}

void Server::accept() {
  for (const auto& listener : listeners_) listener->start();
}

bool Server::has_room() {
  paused_ = is_full() && idle_.is_empty();
  return !paused_;
}

/// Room for a connection is made by closing one that idles, the one that does so for longest.
void Server::take(Socket socket, std::string peer) {
  if (has_too_many(peer)) {
    metrics_.add(metrics::Counter::kLimitConnections);
    if (clock_.now() < tell_refused_at_) return;  // the socket closes
    log::warn("connections of {} are refused: it has {} already", peer, by_address_[peer]);
    tell_refused_at_ = clock_.now() + std::chrono::seconds(1);
    return;
  }
  if (is_full() && !idle_.is_empty()) idle_.oldest().close();
  add_connection(std::move(socket), std::move(peer));
}

bool Server::has_too_many(const std::string& peer) const {
  const auto found = by_address_.find(peer);
  if (found == by_address_.end() || peer == kNoAddress) return false;
  const std::size_t most = limits_.connections_per_address;
  return found->second >= (most > 0 ? most : std::max<std::size_t>(limits_.connections / 2, 1));
}

void Server::add_connection(Socket socket, std::string peer) {
  const ConnectionServices services = {
      {dispatcher_, clock_, limits_, access_log_, request_ids_, bodies_, answers_, metrics_, tracer_},
      date_,
      outbox_,
      idle_};
  ++by_address_[peer];
  auto connection =
      std::make_shared<Http1Connection>(std::make_unique<SocketTransport>(std::move(socket)), std::move(peer),
                                        services, [this](Http1Connection& closed) { forget(closed); });
  connections_.emplace(connection.get(), connection);
  metrics_.add(metrics::Counter::kConnections);
  metrics_.set(metrics::Gauge::kConnections, connections_.size());
  connection->start();
  arm_sweep();
}

void Server::forget(Http1Connection& connection) {
  if (const auto count = by_address_.find(connection.peer()); --count->second == 0) by_address_.erase(count);
  connections_.erase(&connection);
  pace_.closed();
  metrics_.set(metrics::Gauge::kConnections, connections_.size());
  resume_accepting();
}

void Server::resume_accepting() {
  if (stopping_ || !std::exchange(paused_, false)) return;
  for (const auto& listener : listeners_) listener->resume();
}

void Server::run() {
  while (!stopping_ || !connections_.empty()) {
    if (status_ != nullptr) status_->turn();
    if (!scheduler_.has_runnable()) {
      wait();
      while (!outbox_.is_empty() && !outbox_.is_due() && context_.poll_one() > 0) {
      }
      send_answers();
      continue;
    }
    // What is ready goes first, but not for ever: clients may be as fast as we are.
    for (unsigned i = 0; i < kHandlersPerSlice && context_.poll_one() > 0; ++i) {
      if (outbox_.is_due()) send_answers();
    }
    send_answers();
    run_guests();
    send_answers();
  }
}

/// One guest, or several if they are as short as those that end in their first slice: what they waited for
/// came in one piece, and so their answers leave together, as well as what they ask next.
void Server::run_guests() {
  const base::Instant end = clock_.now() + Outbox::kLongest;
  while (scheduler_.has_runnable()) {
    scheduler_.run_one();
    if (scheduler_.has_long() || outbox_.is_due() || clock_.now() >= end) return;
  }
}

/// How long the logs let the loop sleep; none: as long as it likes.
std::optional<base::Duration> Server::log_sleep_limit() const noexcept {
  const auto streams = base::standard_streams_sleep_limit();
  const auto file = access_log_.sleep_limit();
  if (!streams || !file) return streams ? streams : file;
  return std::min(*streams, *file);
}

/// For one handler, or until the logs have something to write. What a worker said leaves before there is
/// nothing to do; access lines may wait for others.
void Server::wait() {
  if (base::are_standard_streams_awaited()) {
    if (context_.poll_one() > 0) return;
    base::flush_standard_streams();
  }
  if (const auto limit = log_sleep_limit()) {
    context_.run_one_for(*limit);
  } else {
    context_.run_one();
  }
}

void Server::send_answers() {
  outbox_.flush();
  scheduler_.reap();
  const base::Instant now = clock_.now();
  base::flush_standard_streams_if_due(now);
  access_log_.flush_if_due(now);
}

bool Server::run_ready() {
  context_.restart();
  bool ran = context_.poll() > 0;
  if (scheduler_.has_runnable()) {
    scheduler_.run_one();
    ran = true;
  }
  ran = ran || !outbox_.is_empty();
  send_answers();
  return ran;
}

void Server::advance_timers() {
  scheduler_.wake_sleepers();
  sweep();
}

void Server::stop() {
  if (stopping_) return;
  // To their clients these are connected already.
  for (const auto& listener : listeners_) listener->accept_waiting();
  begin_stop(Http1Connection::Drain::kNow);
}

void Server::stop_for_another(std::function<void()> on_store_unused) {
  if (stopping_) return;
  on_store_unused_ = std::move(on_store_unused);
  begin_stop(Http1Connection::Drain::kPatient);
  look_for_store_users();
}

void Server::look_for_store_users() {
  constexpr std::chrono::milliseconds kPeriod{20};
  if (!on_store_unused_) return;
  const bool is_used = std::ranges::any_of(
      connections_, [](const auto& connection) { return connection.second->may_use_store(); });
  if (!is_used) return std::exchange(on_store_unused_, nullptr)();
  store_timer_.expires_after(kPeriod);
  store_timer_.async_wait([this](error_code error) {
    if (!error) look_for_store_users();
  });
}

void Server::begin_stop(Http1Connection::Drain drain) {
  stopping_ = true;
  stop_deadline_ = clock_.now() + limits_.stop_time;
  for (const auto& listener : listeners_) listener->stop();
  listeners_.clear();
  // Closing takes a connection out of the table: walk over a copy.
  const auto connections = connections_;
  for (const auto& [_, connection] : connections) connection->drain(drain);
  dispatcher_.end_events();     // a draining connection ends with the answer in progress
  asio::post(context_, [] {});  // run() looks again
}

void Server::arm_sweep() {
  if (sweeping_) return;
  sweeping_ = true;
  tell(runtime::ProcessStatus::Work::kSome);
  sweep_timer_.expires_after(kSweepPeriod);
  sweep_timer_.async_wait([this](error_code error) {
    sweeping_ = false;
    if (!error) sweep();
  });
}

void Server::sweep() {
  const base::Instant now = clock_.now();
  scheduler_.sweep();
  const auto connections = connections_;
  for (const auto& [_, connection] : connections) connection->check_deadline(now);
  if (now >= stop_deadline_ && !connections_.empty()) {
    log::warn("{} requests did not end in time and are given up", connections_.size());
    close_all();
  }
  note_gauges();
  // No timer while there is nothing to watch: an idle server sleeps.
  if (is_quiet()) return tell(runtime::ProcessStatus::Work::kNone);
  arm_sweep();
}

/// Once a second: nothing of it is counted on the way of a request.
void Server::note_gauges() const noexcept {
  metrics_.set(metrics::Gauge::kGuests, scheduler_.size());
  metrics_.set(metrics::Gauge::kQueued, scheduler_.waiting());
  metrics_.set(metrics::Counter::kLogDropped, base::dropped_log_lines() + access_log_.dropped());
}

/// While there is work the sweep turns the loop, once a second.
void Server::tell(runtime::ProcessStatus::Work work) noexcept {
  if (status_ != nullptr) status_->set_work(work);
}

void Server::close_all() {
  // Closing takes a connection out of the table: walk over a copy.
  const auto connections = connections_;
  for (const auto& [_, connection] : connections) connection->close();
}

}  // namespace wws::server

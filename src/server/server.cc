#include "server/server.h"

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
      scheduler_(context_, {parts.engine, parts.timer, parts.clock, parts.wake_fd, parts.running}, limits_),
      dispatcher_(std::move(site), scheduler_, parts.clock, parts.random, detail),
      bodies_(limits_.all_bodies_bytes),
      outbox_(parts.clock),
      sweep_timer_(context_) {}

Server::~Server() { close_all(); }

void Server::add_listener(base::File socket) {
  listeners_.push_back(
      std::make_unique<Listener>(context_, std::move(socket), [this](Socket accepted, std::string peer) {
        add_connection(std::move(accepted), std::move(peer));
        return is_full() ? Accepting::kPause : Accepting::kContinue;
      }));
}

void Server::add_connection(Socket socket, std::string peer) {
  const ConnectionServices services = {dispatcher_, clock_, limits_, date_, bodies_, outbox_};
  auto connection =
      std::make_shared<Connection>(std::move(socket), std::move(peer), services, [this](Connection& closed) {
        const bool was_full = is_full();
        connections_.erase(&closed);
        if (!was_full || stopping_) return;
        for (const auto& listener : listeners_) listener->resume();
      });
  connections_.emplace(connection.get(), connection);
  connection->start();
  arm_sweep();
}

void Server::run() {
  while (!stopping_ || !connections_.empty()) {
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
    if (scheduler_.has_runnable()) scheduler_.run_one();
    send_answers();
  }
}

/// For one handler. What the log holds leaves before there is nothing to do; what cannot is tried again
/// meanwhile.
void Server::wait() {
  if (!base::standard_streams_sleep_limit()) {
    context_.run_one();
    return;
  }
  if (context_.poll_one() > 0) return;
  base::flush_standard_streams();
  const auto limit = base::standard_streams_sleep_limit();
  if (limit) {
    context_.run_one_for(*limit);
  } else {
    context_.run_one();
  }
}

void Server::send_answers() {
  outbox_.flush();
  scheduler_.reap();
  base::flush_standard_streams_if_due(clock_.now());
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
  stopping_ = true;
  stop_deadline_ = clock_.now() + limits_.stop_time;
  // To their clients these are connected already.
  for (const auto& listener : listeners_) listener->accept_waiting();
  listeners_.clear();
  // Closing takes a connection out of the table: walk over a copy.
  const auto connections = connections_;
  for (const auto& [_, connection] : connections) connection->drain();
  asio::post(context_, [] {});  // run() looks again
}

void Server::arm_sweep() {
  if (sweeping_) return;
  sweeping_ = true;
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
  // No timer while there is nothing to watch: an idle server sleeps.
  if (!connections_.empty()) arm_sweep();
}

void Server::close_all() {
  const auto connections = std::exchange(connections_, {});
  for (const auto& [_, connection] : connections) connection->close();
}

}  // namespace wws::server

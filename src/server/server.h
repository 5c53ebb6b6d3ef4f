// A serving process's server: one thread, one event loop.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "server/connection.h"
#include "server/dispatcher.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/outbox.h"
#include "server/scheduler.h"
#include "wasm/epoch_timer.h"

namespace wws::server {

/// What the server is made of; all outlive it.
struct ServerParts {
  const wasm::Engine& engine;
  wasm::EpochTimer* timer;  ///< null where nothing ticks
  const base::Clock& clock;
  base::Random& random;
  int wake_fd;                                ///< the engine's
  runtime::RunningModule* running = nullptr;  ///< told whose guest runs; may be null
};

/// Accepts connections, answers requests, stops gracefully (docs/architecture.md).
///
/// run() is the event loop: it serves what is ready on sockets first, then one slice of one guest.
/// Everything happens on the thread that calls run().
class Server {
 public:
  Server(Site site, const ServerParts& parts, const ServerLimits& limits, ErrorDetail detail);
  ~Server();

  /// Accepts on this socket, which is listening already, from run() on.
  void add_listener(base::File socket);
  /// Serves an open connection.
  void add_connection(Socket socket, std::string peer);

  /// Runs until stop() and the last request after it.
  void run();
  /// Runs what is ready, without waiting. True if anything ran. For tests.
  bool run_ready();
  /// Wakes guests whose time has come and checks deadlines, after the clock was moved. For tests.
  void advance_timers();

  /// Stops accepting, lets requests in flight end, for at most ServerLimits::stop_time; run() returns then.
  void stop();

  /// Modules of the site have become ready, or cannot be had.
  void on_modules_changed() { scheduler_.on_modules_changed(); }

  /// The event loop, to add other work to it.
  [[nodiscard]] asio::io_context& context() noexcept { return context_; }
  /// Checks all deadlines; runs by itself about once a second.
  void sweep();

 private:
  void wait();
  void send_answers();
  void arm_sweep();
  void close_all();
  [[nodiscard]] bool is_full() const noexcept { return connections_.size() >= limits_.connections; }

  ServerLimits limits_;
  const base::Clock& clock_;
  asio::io_context context_{1};
  Scheduler scheduler_;
  Dispatcher dispatcher_;
  DateText date_;
  Budget bodies_;
  Outbox outbox_;
  asio::steady_timer sweep_timer_;
  bool sweeping_ = false;
  bool stopping_ = false;
  base::Instant stop_deadline_ = base::Instant::max();
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
};

}  // namespace wws::server

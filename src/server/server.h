// A serving process's server: one thread, one event loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "metrics/block.h"
#include "server/accept_pace.h"
#include "server/access_log.h"
#include "server/dispatcher.h"
#include "server/http1_connection.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/outbox.h"
#include "server/request_id.h"
#include "server/scheduler.h"
#include "trace/tracer.h"
#include "wasm/epoch_timer.h"

namespace wws::server {

/// What the server is made of; all outlive it.
struct ServerParts {
  const wasm::Engine& engine;
  wasm::EpochTimer* timer;  ///< null where nothing ticks
  const base::Clock& clock;
  base::Random& random;
  int wake_fd;                               ///< the engine's
  runtime::ProcessStatus* status = nullptr;  ///< told of the loop and of whose guest runs; may be null
  metrics::Recorder metrics{};
  trace::Tracer* tracer = nullptr;  ///< null: nobody takes spans
};

/// Accepts connections, answers requests, stops gracefully (docs/architecture.md).
///
/// run() is the event loop: it serves what is ready on sockets first, then one slice of one guest.
/// Everything happens on the thread that calls run().
class Server : private ConnectionTaker {
 public:
  Server(Site site, const ServerParts& parts, const ServerLimits& limits, ErrorDetail detail);
  ~Server() override;

  enum class Accept {
    kNow,    ///< from run() on
    kLater,  ///< from accept() on
  };
  /// Accepts on this socket, which is listening already.
  void add_listener(base::File socket, Accept when = Accept::kNow);
  /// Accepts on all of them.
  void accept();
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
  /// The same for a server whose place another takes, which accepts on the same sockets: leaves waiting
  /// connections to that one, and gives idle clients ServerLimits::first_request_time for what they may be
  /// sending. `on_store_unused` is called once no request can come any more that uses the key-value store.
  void stop_for_another(std::function<void()> on_store_unused);

  /// Requests that come from now on go to this site; those that came before keep theirs.
  void swap_site(Site site) { dispatcher_.swap_site(std::move(site)); }

  /// What workers can use from now on. It outlives the server.
  void set_services(const WorkerServices& services) noexcept { dispatcher_.set_services(services); }
  /// Where services give what they have done.
  [[nodiscard]] abi::Completions& completions() noexcept { return scheduler_; }

  /// Modules of the site have become ready, or cannot be had.
  void on_modules_changed() { scheduler_.on_modules_changed(); }

  [[nodiscard]] AccessLog& access_log() noexcept { return access_log_; }

  /// The event loop, to add other work to it.
  [[nodiscard]] asio::io_context& context() noexcept { return context_; }
  /// Checks all deadlines; runs by itself about once a second.
  void sweep();

 private:
  void wait();
  [[nodiscard]] std::optional<base::Duration> log_sleep_limit() const noexcept;
  void run_guests();
  void send_answers();
  void arm_sweep();
  void tell(runtime::ProcessStatus::Work work) noexcept;
  void note_gauges() const noexcept;
  void close_all();
  void begin_stop(Http1Connection::Drain drain);
  void look_for_store_users();
  [[nodiscard]] bool has_room() override;
  void take(Socket socket, std::string peer) override;
  [[nodiscard]] base::Duration rest() override { return pace_.accepted(connections_.size(), clock_.now()); }
  [[nodiscard]] bool is_full() const noexcept { return connections_.size() >= limits_.connections; }
  [[nodiscard]] bool has_too_many(const std::string& peer) const;
  void forget(Http1Connection& connection);
  void resume_accepting();
  [[nodiscard]] bool is_quiet() const noexcept { return connections_.empty() && scheduler_.size() == 0; }

  // What connections and guests hold on to stands before them: it goes after them.
  ServerLimits limits_;
  const base::Clock& clock_;
  runtime::ProcessStatus* status_;
  metrics::Recorder metrics_;
  trace::Tracer* tracer_;
  DateText date_;
  AccessLog access_log_;
  RequestIds request_ids_;
  Budget bodies_;
  Budget answers_;
  asio::io_context context_{1};
  Scheduler scheduler_;
  Dispatcher dispatcher_;
  Outbox outbox_;
  IdleConnections idle_;
  asio::steady_timer sweep_timer_;
  bool sweeping_ = false;
  bool stopping_ = false;
  base::Instant stop_deadline_ = base::Instant::max();
  std::function<void()> on_store_unused_;  ///< empty: nobody waits for that
  asio::steady_timer store_timer_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  AcceptPace pace_;
  bool paused_ = false;  ///< the listeners, for want of room
  std::unordered_map<Http1Connection*, std::shared_ptr<Http1Connection>> connections_;
  std::unordered_map<std::string, std::size_t> by_address_;  ///< how many each client has
  base::Instant tell_refused_at_{};
};

}  // namespace wws::server

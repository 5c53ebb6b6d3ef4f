// The parent process: starts serving processes, keeps them running, stops them.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "hardening/policy.h"
#include "runtime/module_loader.h"
#include "supervisor/channel.h"
#include "supervisor/compilation.h"
#include "supervisor/site_message.h"

namespace wws::supervisor {

/// What serving processes are given. Kept for as long as they may be restarted.
struct Supply {
  std::vector<base::File> listeners;  ///< kept until the stop: a crash loses no waiting connection
  runtime::ModuleLoader modules;
  SiteMessage site;
  unsigned compile_children = 1;  ///< at once
  hardening::Policy policy{};     ///< of all children
};

/// How soon a process that died is started again.
class Backoff {
 public:
  /// The wait before the next start, after a life of `lived`: none after a long life, else from nothing
  /// to ten seconds, doubling.
  [[nodiscard]] base::Duration next(base::Duration lived) noexcept;

 private:
  unsigned short_lives_ = 0;
};

/// Runs `processes` serving processes until SIGTERM or SIGINT; a second signal ends them at once.
///
/// Modules that have to be compiled are compiled meanwhile; the routes of the others are served.
/// A process that dies is reported and started again with back-off; the others go on. A module whose guests
/// were running at three such deaths is put aside: its routes answer 500, so that the rest lives. The
/// supervisor does no work of its own: no engine, no threads, no guests.
class Supervisor {
 public:
  Supervisor(Supply supply, unsigned processes);
  ~Supervisor();

  /// `on_ready` is called once, when all processes serve for the first time. Returns after a stop; an
  /// error when serving cannot even begin.
  [[nodiscard]] Result<void> run(const std::function<void()>& on_ready);

 private:
  struct Child;

  void turn();
  void start(Child& child);
  [[nodiscard]] Result<void> spawn(Child& child);
  [[nodiscard]] Result<void> supply(const Child& child) const;
  [[nodiscard]] Result<void> send_modules(const Channel& channel,
                                          const std::vector<std::uint32_t>& numbers) const;
  void log_failure(std::uint32_t module) const;
  void on_compiled(std::uint32_t module);
  void tell_all(std::uint32_t module);
  void blame(std::uint32_t module, const std::string& how);
  void watch(Child& child);
  void on_message(Child& child);
  void on_exits();
  void on_exit(Child& child, int status);
  void wait_for_signal();
  void stop();
  void kill_all();
  [[nodiscard]] bool all_gone() const;

  Supply supply_;
  std::unordered_map<std::uint32_t, unsigned> deaths_;        ///< by module
  std::unordered_map<std::uint32_t, std::string> put_aside_;  ///< and why
  base::SystemClock clock_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer stop_timer_;
  Compilation compilation_;
  base::Instant compiling_since_{};
  std::vector<std::unique_ptr<Child>> children_;
  std::function<void()> on_ready_;
  std::size_t ready_ = 0;  ///< processes that have served at least once
  bool stopping_ = false;
  Result<void> outcome_;
};

}  // namespace wws::supervisor

// The parent process: starts serving processes, keeps them running, stops them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "hardening/policy.h"
#include "runtime/module_loader.h"
#include "runtime/role.h"
#include "store/version_page.h"
#include "supervisor/compilation.h"
#include "supervisor/deaths.h"
#include "supervisor/memory_kills.h"
#include "supervisor/service_manager.h"
#include "supervisor/serving_child.h"
#include "supervisor/site_message.h"
#include "supervisor/stop_request.h"
#include "supervisor/store_message.h"
#include "supervisor/timing.h"
#include "supervisor/watch.h"

namespace wws::supervisor {

/// A child that does for serving processes what they must not do themselves.
struct ServiceSupply {
  const runtime::Role& role;
  std::string orders;  ///< the payload of kService
};

/// What serving processes are given. Kept for as long as they may be restarted.
struct Supply {
  std::vector<base::File> listeners;  ///< kept until the stop: a crash loses no waiting connection
  runtime::ModuleLoader modules;
  SiteMessage site;
  std::optional<StoreMessage> store;  ///< none: no worker uses a key-value store, and there is no store child
  std::vector<ServiceSupply> services;  ///< others, where workers use them
  unsigned compile_children = 1;        ///< at once
  hardening::Policy policy{};           ///< of all children
  ServiceManager manager{};             ///< who is told that the server serves, lives and stops
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

/// Runs `processes` serving processes until SIGTERM, SIGINT or SIGHUP (unless that was ignored at the start,
/// as nohup does); a further signal, a second later or more, ends them at once.
///
/// Modules that have to be compiled are compiled meanwhile; the routes of the others are served.
/// A process that dies or stands still is reported and started again with back-off; the others go on. A
/// module whose guests were running at three such deaths within ten minutes is put aside: its routes answer
/// 500, so that the rest lives. The supervisor does no work of its own: no engine, no threads, no guests. It
/// never waits for a child, and takes nothing that one writes on trust.
class Supervisor {
 public:
  Supervisor(Supply supply, unsigned processes, const Timing& timing = default_timing());
  ~Supervisor();

  /// `on_ready` is called once, when all processes serve for the first time, to tell people and the manager.
  /// Returns after a stop; an error when serving cannot even begin.
  [[nodiscard]] Result<void> run(const std::function<void(ServiceManager&)>& on_ready);

 private:
  struct Place;

  void turn();
  void start(Place& place);
  [[nodiscard]] Result<void> fill(Place& place);
  void supply(const Place& place) const;
  void open_door();
  void watch_door();
  void link(ServingChild& serving, const Place& service);
  void send_modules(ServingChild& child, const std::vector<std::uint32_t>& numbers) const;
  void log_failure(std::uint32_t module) const;
  void on_compiled(std::uint32_t module);
  void tell_all(std::uint32_t module);
  void on_ready(Place& place, std::string_view text);
  [[nodiscard]] Place* service_place(std::string_view name) const;
  void on_death(Place& place, const Death& death);
  void blame(const Death& death, const std::string& how);
  void start_again(Place& place);
  void look_later();
  void keep_alive_later();
  void wait_for_signal();
  void on_signal();
  void stop();
  void end_all();
  [[nodiscard]] bool all_gone() const;
  void stop_services_if_alone();

  // The loop goes last: handlers that it still holds are dropped with it, and none is called.
  boost::asio::io_context context_{1};
  Supply supply_;
  Timing timing_;
  Deaths deaths_;
  MemoryKills memory_kills_;
  std::unordered_map<std::uint32_t, std::string> put_aside_;  ///< and why
  base::SystemClock clock_;
  boost::asio::signal_set signals_;
  StopRequest stop_request_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer look_timer_;
  boost::asio::steady_timer alive_timer_;
  Compilation compilation_;
  base::Instant compiling_since_{};
  std::vector<std::unique_ptr<Place>> places_;  ///< of serving processes, and then of services
  std::optional<store::VersionPage> versions_;  ///< of the store's namespaces
  base::File door_;                             ///< by which people come to the store
  std::optional<Watch> door_watch_;
  std::function<void(ServiceManager&)> on_ready_;
  std::size_t ready_ = 0;  ///< places that have served at least once
  bool stopping_ = false;
  Result<void> outcome_;
};

}  // namespace wws::supervisor

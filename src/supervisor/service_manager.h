// The program that started the server as a service, if it wants to know how it is doing.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file.h"

namespace wws::supervisor {

/// Tells a service manager by the protocol of sd_notify(3): datagrams to the Unix socket that NOTIFY_SOCKET
/// names, a path or an abstract one.
///
/// Never waits for the manager. What it has no room for is sent by retry(), newest state first. Where nobody
/// asked, all of this does nothing. One thread.
class ServiceManager {
 public:
  /// The variables of the protocol; empty where one is not set.
  struct Variables {
    std::string socket;          ///< NOTIFY_SOCKET
    std::string watchdog_usec;   ///< WATCHDOG_USEC: after so long without a sign of life it is ended
    std::string watchdog_pid{};  ///< WATCHDOG_PID: whom that concerns, if not whoever reads it

    /// Those of this process, which has them no longer: neither a worker nor a child sees them.
    [[nodiscard]] static Variables take_from_environment();
  };

  ServiceManager() = default;  ///< none
  /// A socket that cannot be used is told in the log, and is as none.
  explicit ServiceManager(const Variables& variables);

  /// What it is doing, as `systemctl status` shows it: one line.
  void tell_status(std::string_view text);
  /// It serves. Said of one that stops already, this changes nothing.
  void tell_ready(std::string_view text);
  /// It reads its configuration again, until tell_reloaded() says that this is done: then what tell_ready()
  /// said holds again. Of one that does not serve yet, or stops already, neither is said.
  void tell_reloading();
  void tell_reloaded();
  /// It stops.
  void tell_stopping(std::string_view text);

  /// For a server that prepares itself beside the one that the manager knows: nothing is said until speak().
  void be_silent() noexcept { is_silent_ = true; }
  void speak() noexcept { is_silent_ = false; }
  /// The process whom the manager is to take for the service from now on. The last word of this one.
  void tell_successor(pid_t successor);

  /// How often the manager wants a sign of life: twice in the time it allows. std::nullopt: not at all.
  [[nodiscard]] std::optional<base::Duration> period() const noexcept { return period_; }
  /// The sign of life.
  void keep_alive();

  /// Sends what there was no room for.
  void retry();

 private:
  void tell(std::string_view text);
  [[nodiscard]] bool send(std::string_view message) const;

  base::File socket_;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<base::Duration> period_;
  std::string phase_;  ///< lines of the protocol; empty while it starts
  std::string ready_text_;
  std::string unsent_;
  bool is_silent_ = false;
};

}  // namespace wws::supervisor

#include "supervisor/service_manager.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>

#include "base/log.h"
#include "supervisor/environment.h"

namespace wws::supervisor {
namespace {

/// Longer ones are no time that anybody waits for, and must not overflow.
constexpr std::chrono::microseconds kLongestWatchdog = std::chrono::hours(24 * 365);

constexpr std::string_view kReady = "READY=1\n";
constexpr std::string_view kStopping = "STOPPING=1\n";

/// How often to give a sign of life.
std::optional<base::Duration> period_of(const ServiceManager::Variables& variables) {
  const bool is_for_other = !variables.watchdog_pid.empty() &&
                            to_number(variables.watchdog_pid) != static_cast<std::uint64_t>(getpid());
  const auto time = to_number(variables.watchdog_usec);
  if (is_for_other || !time || *time == 0) return std::nullopt;
  const auto limit = std::min<std::uint64_t>(*time, kLongestWatchdog.count());
  return std::chrono::microseconds(limit) / 2;
}

}  // namespace

ServiceManager::Variables ServiceManager::Variables::take_from_environment() {
  return {take_variable("NOTIFY_SOCKET"), take_variable("WATCHDOG_USEC"), take_variable("WATCHDOG_PID")};
}

ServiceManager::ServiceManager(const Variables& variables) {
  const std::string& name = variables.socket;
  if (name.empty()) return;
  const bool is_abstract = name.front() == '@';
  // A path ends with a zero byte; an abstract name has one in place of its @, and ends where its size says.
  const std::size_t room = sizeof address_.sun_path - (is_abstract ? 0 : 1);
  if ((!is_abstract && name.front() != '/') || name.size() < 2 || name.size() > room) {
    log::warn("NOTIFY_SOCKET is \"{}\", which is no Unix socket: whoever started the server is told nothing",
              log::escaped(name));
    return;
  }
  socket_ = base::File(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) {
    log::warn("whoever started the server is told nothing: {}", base::errno_text(errno));
    return;
  }
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, name.data(), name.size());
  if (is_abstract) address_.sun_path[0] = '\0';
  address_size_ =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));
  period_ = period_of(variables);
}

void ServiceManager::tell_status(std::string_view text) { tell(text); }

void ServiceManager::tell_ready(std::string_view text) {
  if (phase_ == kStopping) return;
  phase_ = kReady;
  ready_text_ = std::string(text);
  tell(ready_text_);
}

void ServiceManager::tell_reloading() {
  if (phase_ != kReady) return;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  phase_ = fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", now.tv_sec * 1'000'000 + now.tv_nsec / 1000);
  tell("reading the project again");
}

void ServiceManager::tell_reloaded() {
  if (phase_.starts_with("RELOADING")) tell_ready(ready_text_);
}

void ServiceManager::tell_stopping(std::string_view text) {
  phase_ = kStopping;
  tell(text);
}

void ServiceManager::tell_successor(pid_t successor) {
  phase_ = fmt::format("MAINPID={}\n", successor);
  tell(fmt::format("the server with pid {} takes over", successor));
  be_silent();  // a service has one main process: that of others is not heard
}

void ServiceManager::keep_alive() {
  if (!is_silent_) (void)send("WATCHDOG=1");
}

/// All that holds now, so that a message is complete without those before it.
void ServiceManager::tell(std::string_view text) {
  if (!socket_ || is_silent_) return;
  unsent_ = fmt::format("{}STATUS={}", phase_, log::escaped(text));
  retry();
}

void ServiceManager::retry() {
  if (!unsent_.empty() && send(unsent_)) unsent_.clear();
}

/// False: there is no room for it now.
bool ServiceManager::send(std::string_view message) const {
  if (!socket_) return true;
  while (sendto(socket_.fd(), message.data(), message.size(), MSG_NOSIGNAL,
                reinterpret_cast<const sockaddr*>(&address_), address_size_) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) return false;
    // The manager is gone, or starts anew and has no socket for the moment: nothing that serving depends on.
    log::debug("the service manager cannot be told: {}", base::errno_text(errno));
    return true;
  }
  return true;
}

}  // namespace wws::supervisor

#include "server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/log.h"

namespace wws::server {
namespace {

constexpr std::chrono::milliseconds kRetryTime{100};

}  // namespace

std::string peer_address(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getpeername(socket, address, &size) != 0) return std::string(kNoAddress);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  int family = storage.ss_family;
  if (family == AF_INET) bytes = &reinterpret_cast<sockaddr_in*>(&storage)->sin_addr;
  if (family == AF_INET6) {
    const in6_addr& ipv6 = reinterpret_cast<sockaddr_in6*>(&storage)->sin6_addr;
    const bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&ipv6);  // a client of a socket for both families
    family = is_ipv4 ? AF_INET : AF_INET6;
    bytes = &ipv6.s6_addr[is_ipv4 ? 12 : 0];
  }
  if (bytes == nullptr || inet_ntop(family, bytes, text.data(), text.size()) == nullptr)
    return std::string(kNoAddress);
  return text.data();
}

Listener::Listener(asio::io_context& context, base::File socket, ConnectionTaker& taker)
    : context_(context), socket_(context, socket.release()), timer_(context), taker_(taker) {
  // It is already; Asio would find out later, when a confined process may not ask.
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
}

void Listener::stop() {
  stopped_ = true;
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void Listener::resume() {
  if (!waiting_ && !resting_) accept_one();
}

void Listener::wait() {
  if (waiting_ || stopped_) return;
  waiting_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](error_code error) {
                       self->waiting_ = false;
                       if (!error) self->accept_one();
                     });
}

void Listener::accept_waiting() {
  while (!stopped_ && try_accept() == kAccepted) {
  }
}

void Listener::accept_one() {
  if (stopped_) return;
  switch (try_accept()) {
    case kAccepted:
      return rest();
    case kNoRoom:
      return;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return retry_later();
    default:
      wait();  // also where another process was faster, or the client is gone
  }
}

int Listener::try_accept() {
  if (!taker_.has_room()) return kNoRoom;
  const int fd = accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return errno;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Socket socket(context_);
  error_code error;
  socket.assign(asio::generic::stream_protocol(AF_INET, IPPROTO_TCP), fd, error);
  if (error) {
    ::close(fd);
  } else {
    taker_.take(std::move(socket), peer_address(fd));
  }
  return kAccepted;
}

void Listener::rest() {
  const base::Duration time = taker_.rest();
  if (time == base::Duration(0)) return wait();
  resting_ = true;
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    self->resting_ = false;
    if (!error) self->accept_one();
  });
}

void Listener::retry_later() {
  log::warn("no descriptors for new connections; they wait until some are closed");
  timer_.expires_after(kRetryTime);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->accept_one();
  });
}

}  // namespace wws::server

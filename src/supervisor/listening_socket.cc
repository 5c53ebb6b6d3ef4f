#include "supervisor/listening_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace wws::supervisor {
namespace {

/// The kernel caps it at net.core.somaxconn.
constexpr int kBacklog = 4096;

struct AddressDeleter {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressDeleter>;

Result<AddressList> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list)) {
    return fail(ErrorCode::kIo, fmt::format("cannot listen on host \"{}\": {}", host, gai_strerror(error)));
  }
  return AddressList(list);
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

}  // namespace

Result<ListeningSocket> listen_on(const std::string& host, std::uint16_t port) {
  const auto addresses = resolve(host, port);
  if (!addresses) return std::unexpected(addresses.error());
  const addrinfo& address = **addresses;
  base::File socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!socket || setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(socket.fd(), address.ai_addr, address.ai_addrlen) != 0 || ::listen(socket.fd(), kBacklog) != 0) {
    const int error = errno;
    std::string message = fmt::format("cannot listen on {}:{}: {}", host, port, base::errno_text(error));
    if (error == EADDRINUSE) message += "; stop what uses the port or choose another with --port";
    if (error == EACCES) message += "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
    return fail(ErrorCode::kIo, std::move(message));
  }
  const std::uint16_t real_port = bound_port(socket.fd());
  const bool is_ipv6_literal = host.find(':') != std::string::npos;
  return ListeningSocket{std::move(socket), is_ipv6_literal ? "[" + host + "]" : host, real_port};
}

}  // namespace wws::supervisor

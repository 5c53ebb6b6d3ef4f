#include "supervisor/listening_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <expected>
#include <memory>

namespace wws::supervisor {
namespace {

/// The kernel caps it at net.core.somaxconn.
constexpr int kBacklog = 4096;
/// Free ports of the first address that are tried on the others.
constexpr int kPortsToTry = 32;

struct AddressDeleter {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressDeleter>;

/// An address of either family, without its port.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] bool operator==(const Address& other) const {
    return size == other.size && std::memcmp(&storage, &other.storage, size) == 0;
  }
  void set_port(std::uint16_t port) {
    if (storage.ss_family == AF_INET6) {
      reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = htons(port);
    } else {
      reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
    }
  }
  [[nodiscard]] std::uint16_t port() const {
    return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                                               : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  }
};

Result<void> add_addresses(const std::string& host, std::vector<Address>& addresses) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* first = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &first)) {
    return fail(ErrorCode::kIo, fmt::format("cannot listen on host \"{}\": {}", host, gai_strerror(error)));
  }
  const AddressList list(first);
  for (const addrinfo* info = first; info != nullptr; info = info->ai_next) {
    Address address;
    address.size = info->ai_addrlen;
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return {};
}

/// `localhost` is not looked up (RFC 6761, 6.3): hosts files often have one of its families only.
Result<std::vector<Address>> resolve(const std::string& host) {
  std::vector<Address> addresses;
  const bool is_local = host == "localhost";
  if (auto added = add_addresses(is_local ? "127.0.0.1" : host, addresses); !added) return fail(added);
  if (is_local) {
    if (auto added = add_addresses("::1", addresses); !added) return fail(added);
  }
  return addresses;
}

/// A socket that listens on the address, or errno.
std::expected<base::File, int> bind_and_listen(const Address& address, bool is_alone) {
  base::File socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return std::unexpected(errno);
  const int on = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Beside an address of the other family `::` must not take that one's clients as well.
  if (address.storage.ss_family == AF_INET6 && !is_alone)
    setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
      ::listen(socket.fd(), kBacklog) != 0)
    return std::unexpected(errno);
  return socket;
}

/// The port of a bound socket, or errno.
std::expected<std::uint16_t, int> bound_port(const base::File& socket) {
  Address address;
  address.size = sizeof address.storage;
  if (getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0)
    return std::unexpected(errno);
  return address.port();
}

/// The family is switched off, or the address belongs to another machine.
bool is_not_here(int error) {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT || error == EPROTONOSUPPORT;
}

struct Bound {
  std::vector<base::File> sockets;
  std::uint16_t port = 0;
};

/// Port 0 becomes the first socket's, and the others take it too.
std::expected<Bound, int> bind_all(std::vector<Address> addresses, std::uint16_t port) {
  Bound bound{{}, port};
  int error = EADDRNOTAVAIL;
  for (Address& address : addresses) {
    address.set_port(bound.port);
    auto socket = bind_and_listen(address, addresses.size() == 1);
    if (!socket) {
      error = socket.error();
      if (is_not_here(error)) continue;
      return std::unexpected(error);
    }
    if (bound.port == 0) {
      const auto chosen = bound_port(*socket);
      if (!chosen) return std::unexpected(chosen.error());
      bound.port = *chosen;
    }
    bound.sockets.push_back(std::move(*socket));
  }
  if (bound.sockets.empty()) return std::unexpected(error);
  return bound;
}

std::string without_brackets(const std::string& host) {
  const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return has_brackets ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

Result<ListeningSockets> listen_on(const std::string& host_as_given, std::uint16_t port) {
  const std::string host = without_brackets(host_as_given);
  const std::string in_url = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  const auto addresses = resolve(host);
  if (!addresses) return std::unexpected(addresses.error());
  auto bound = bind_all(*addresses, port);
  // A port that is free on one address may be in use on another.
  for (int i = 1; !bound && bound.error() == EADDRINUSE && port == 0 && i < kPortsToTry; ++i)
    bound = bind_all(*addresses, port);
  if (!bound) {
    const int error = bound.error();
    std::string message = fmt::format("cannot listen on {}:{}: {}", in_url, port, base::errno_text(error));
    if (error == EADDRINUSE) message += "; stop what uses the port or choose another with --port";
    if (error == EACCES) message += "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
    return fail(ErrorCode::kIo, std::move(message));
  }
  return ListeningSockets{std::move(bound->sockets), in_url, bound->port};
}

}  // namespace wws::supervisor

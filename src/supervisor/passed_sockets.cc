#include "supervisor/passed_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/log.h"
#include "supervisor/environment.h"
#include "supervisor/serving_process.h"

namespace wws::supervisor {
namespace {

/// The descriptors from `first` on, all owned from now on, so that none is left open when one is of no use.
std::vector<base::File> own(int first, std::size_t count) {
  std::vector<base::File> files;
  for (std::size_t i = 0; i < count; ++i) files.emplace_back(first + static_cast<int>(i));
  return files;
}

/// "descriptor 3 (wws.socket)", for messages.
std::string describe(int fd, std::string_view& names) {
  const std::string_view name = names.substr(0, names.find(':'));
  names.remove_prefix(std::min(name.size() + 1, names.size()));
  return name.empty() ? fmt::format("descriptor {}", fd)
                      : fmt::format("descriptor {} ({})", fd, log::escaped(name));
}

int option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// What is wrong with a descriptor; empty: nothing.
std::string problem(int fd) {
  const int type = option(fd, SO_TYPE);
  if (type < 0) return errno == EBADF ? "is not open" : "is not a socket";
  const int family = option(fd, SO_DOMAIN);
  if (family == AF_UNIX)
    return "is a Unix socket, and the server answers on TCP: set an address and a port, as in "
           "ListenStream=127.0.0.1:8080";
  if (type != SOCK_STREAM || (family != AF_INET && family != AF_INET6))
    return "is not a stream socket of IPv4 or IPv6, which ListenStream= with a port makes";
  if (option(fd, SO_ACCEPTCONN) != 1) return "does not listen: it may be a connection; set Accept=no";
  return "";
}

/// Host, as it stands in a URL, and port.
Result<std::pair<std::string, std::uint16_t>> address_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(fd, generic, &size) != 0)
    return fail(ErrorCode::kIo, "the address of a listening socket: " + base::errno_text(errno));
  std::array<char, NI_MAXHOST> host{};
  if (const int error =
          getnameinfo(generic, size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST | NI_NUMERICSERV))
    return fail(ErrorCode::kIo, std::string("the address of a listening socket: ") + gai_strerror(error));
  const bool is_ipv6 = address.ss_family == AF_INET6;
  const in_port_t port = is_ipv6 ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                                 : reinterpret_cast<const sockaddr_in*>(&address)->sin_port;
  return std::pair(is_ipv6 ? fmt::format("[{}]", host.data()) : std::string(host.data()), ntohs(port));
}

/// The flag is the open socket's, which whoever opened it holds too: a server that shares it with others must
/// not wait in accept() for a connection that another was faster to take.
Result<void> prepare(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
    return {};
  return fail(ErrorCode::kIo, "a listening socket: " + base::errno_text(errno));
}

}  // namespace

ListenVariables ListenVariables::take_from_environment() {
  ListenVariables variables{take_variable("LISTEN_PID"), take_variable("LISTEN_FDS"),
                            take_variable("LISTEN_FDNAMES")};
  unsetenv("LISTEN_PIDFDID");  // newer managers say by it, too, whom they mean
  return variables;
}

Result<ListeningSockets> with_address(std::vector<base::File> sockets) {
  auto address = address_of(sockets.front().fd());
  if (!address) return fail(address);
  return ListeningSockets{std::move(sockets), std::move(address->first), address->second};
}

Result<std::optional<ListeningSockets>> take_passed_sockets(const ListenVariables& variables, int first) {
  if (variables.pid.empty() || to_number(variables.pid) != static_cast<std::uint64_t>(getpid()))
    return std::nullopt;
  const auto count = to_number(variables.count);
  if (!count || *count > kMaxListeners)
    return fail(ErrorCode::kBadUsage,
                fmt::format("LISTEN_FDS is \"{}\": it is the number of sockets that the server is handed, "
                            "from 1 to {}",
                            log::escaped(variables.count), kMaxListeners));
  if (*count == 0) return std::nullopt;
  ListeningSockets listening{own(first, *count), "", 0};
  std::string_view names = variables.names;
  for (const base::File& socket : listening.sockets) {
    const std::string what = describe(socket.fd(), names);
    if (const std::string wrong = problem(socket.fd()); !wrong.empty())
      return fail(ErrorCode::kBadUsage,
                  fmt::format("the socket that the server was handed as {} {}", what, wrong));
    if (auto prepared = prepare(socket.fd()); !prepared) return fail(prepared);
    auto address = address_of(socket.fd());
    if (!address) return fail(address);
    log::info("{}, handed over at the start, listens on {}:{}", what, address->first, address->second);
    if (listening.host.empty()) std::tie(listening.host, listening.port) = std::move(*address);
  }
  return listening;
}

}  // namespace wws::supervisor

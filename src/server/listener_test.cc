#include "server/listener.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/file.h"

namespace wws::server {
namespace {

/// The address that a socket listening on `::` sees of a client that comes over IPv4.
std::string peer_over_ipv4() {
  const base::File listener(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int off = 0;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  if (setsockopt(listener.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0 ||
      bind(listener.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener.fd(), 1) != 0)
    return "";
  socklen_t size = sizeof address;
  getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  const base::File client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = address.sin6_port;
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(client.fd(), reinterpret_cast<sockaddr*>(&target), sizeof target), 0);
  const base::File accepted(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  return peer_address(accepted.fd());
}

/// The fault: an IPv4 client of a socket for both families was "::ffff:127.0.0.1" in the access log.
TEST(PeerAddress, OfAnIpv4ClientIsItsOwn) {
  const std::string peer = peer_over_ipv4();
  if (peer.empty()) GTEST_SKIP() << "no IPv6 here";
  EXPECT_EQ(peer, "127.0.0.1");
}

}  // namespace
}  // namespace wws::server

#include "supervisor/listening_socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace wws::supervisor {
namespace {

/// Whether something listens on the loopback address of this family.
bool connects(int family, std::uint16_t port) {
  const base::File socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(port);
  ipv6.sin6_addr = in6addr_loopback;
  if (family == AF_INET) return connect(socket.fd(), reinterpret_cast<sockaddr*>(&ipv4), sizeof ipv4) == 0;
  return connect(socket.fd(), reinterpret_cast<sockaddr*>(&ipv6), sizeof ipv6) == 0;
}

bool has_ipv6() { return static_cast<bool>(listen_on("::1", 0)); }

/// The fault: `--host localhost` took one family, so that half of the clients were refused.
TEST(ListeningSockets, OfLocalhostAreOfBothFamilies) {
  const auto listening = listen_on("localhost", 0);
  ASSERT_TRUE(listening) << listening.error().message;
  EXPECT_EQ(listening->host, "localhost");
  EXPECT_NE(listening->port, 0);
  EXPECT_TRUE(connects(AF_INET, listening->port));
  EXPECT_EQ(listening->sockets.size(), has_ipv6() ? 2U : 1U);
  EXPECT_EQ(connects(AF_INET6, listening->port), has_ipv6());
  // A port of one's own choice, both families: free again once the sockets are closed.
  const std::uint16_t port = listening->port;
  EXPECT_FALSE(listen_on("localhost", port));
}

TEST(ListeningSockets, TakeNoPortThatOneFamilyHasInUse) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto other = listen_on("::1", 0);
  ASSERT_TRUE(other);
  const auto listening = listen_on("localhost", other->port);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, ErrorCode::kIo);
  EXPECT_NE(listening.error().message.find("choose another with --port"), std::string::npos);
  EXPECT_FALSE(connects(AF_INET, other->port));
}

/// The fault: an IPv6 address in brackets, as in a URL, was looked up as a name.
TEST(ListeningSockets, TakeIpv6WithAndWithoutBrackets) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  for (const char* host : {"::1", "[::1]"}) {
    const auto listening = listen_on(host, 0);
    ASSERT_TRUE(listening) << listening.error().message;
    EXPECT_EQ(listening->host, "[::1]");
    EXPECT_EQ(listening->sockets.size(), 1U);
    EXPECT_TRUE(connects(AF_INET6, listening->port));
    EXPECT_FALSE(connects(AF_INET, listening->port));
  }
}

TEST(ListeningSockets, SayWhatIsInTheWay) {
  for (const char* host : {"[::1", "::1]", "[]", "192.0.2.1", "no.such.host.invalid"}) {
    const auto listening = listen_on(host, 0);
    ASSERT_FALSE(listening) << host;
    EXPECT_EQ(listening.error().code, ErrorCode::kIo);
    EXPECT_NE(listening.error().message.find(host), std::string::npos) << listening.error().message;
  }
}

}  // namespace
}  // namespace wws::supervisor

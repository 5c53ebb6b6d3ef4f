#include "server/listener.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

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

/// A socket that listens on loopback, and clients of it.
class ListenerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    socket_ = base::File(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ASSERT_EQ(bind(socket_.fd(), reinterpret_cast<sockaddr*>(&address_), size), 0);
    ASSERT_EQ(::listen(socket_.fd(), 64), 0);
    ASSERT_EQ(getsockname(socket_.fd(), reinterpret_cast<sockaddr*>(&address_), &size), 0);
  }
  void come(int count) {
    for (int i = 0; i < count; ++i) {
      clients_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ASSERT_EQ(connect(clients_.back().fd(), reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    }
  }

  /// A process, as far as its listener goes.
  struct Process final : ConnectionTaker {
    Process(const base::File& shared, base::Duration rests)
        : listener(std::make_shared<Listener>(context, base::File(dup(shared.fd())), *this)),
          rest_time(rests) {
      listener->start();
    }
    ~Process() override {
      listener->stop();
      context.poll();
    }
    bool has_room() override { return true; }
    void take(Socket, std::string) override { ++taken; }
    base::Duration rest() override { return rest_time; }

    asio::io_context context{1};
    std::shared_ptr<Listener> listener;
    base::Duration rest_time;
    int taken = 0;
  };

  base::File socket_;
  sockaddr_in address_{};
  std::vector<base::File> clients_;
};

TEST_F(ListenerTest, TakesAllWhereItNeverRests) {
  Process process(socket_, base::Duration(0));
  come(10);
  process.context.poll();
  EXPECT_EQ(process.taken, 10);
}

TEST_F(ListenerTest, LeavesTheNextOneToOthersWhileItRests) {
  Process first(socket_, std::chrono::hours(1));
  Process second(socket_, base::Duration(0));
  come(10);
  first.context.poll();
  EXPECT_EQ(first.taken, 1);
  first.listener->resume();  // there is room for more: that ends no rest
  first.context.poll();
  EXPECT_EQ(first.taken, 1);
  second.context.poll();
  EXPECT_EQ(second.taken, 9);
}

TEST_F(ListenerTest, TakesTheNextOneBehindItsRest) {
  Process process(socket_, std::chrono::microseconds(1));
  come(10);
  while (process.taken < 10) process.context.run_one();
}

TEST_F(ListenerTest, AtAStopTakesWhatWaitsThoughItRests) {
  Process process(socket_, std::chrono::hours(1));
  come(10);
  process.context.poll();
  process.listener->accept_waiting();
  EXPECT_EQ(process.taken, 10);
}

}  // namespace
}  // namespace wws::server

#include "supervisor/passed_sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <vector>

namespace wws::supervisor {
namespace {

/// Numbers that nothing else here uses.
constexpr int kFirst = 400;

/// As whoever starts a server puts them: with consecutive numbers.
void put(const std::vector<int>& sockets) {
  int number = kFirst;
  for (const int socket : sockets) {
    ASSERT_EQ(dup2(socket, number), number);
    ++number;
  }
}

bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

ListenVariables variables(const std::string& count, const std::string& names = "") {
  return {std::to_string(getpid()), count, names};
}

/// What take_passed_sockets() says of one descriptor.
std::string refusal(int socket) {
  put({socket});
  const auto taken = take_passed_sockets(variables("1", "a.socket"), kFirst);
  EXPECT_FALSE(taken);
  EXPECT_FALSE(is_open(kFirst));
  if (taken) return "";
  EXPECT_EQ(taken.error().code, ErrorCode::kBadUsage);
  EXPECT_NE(taken.error().message.find("descriptor 400 (a.socket)"), std::string::npos)
      << taken.error().message;
  return taken.error().message;
}

TEST(PassedSockets, AreTakenAsTheyListen) {
  const auto one = listen_on("127.0.0.1", 0);
  const auto other = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(one && other);
  fcntl(one->sockets[0].fd(), F_SETFL, 0);  // blocking, as other programs have them
  put({one->sockets[0].fd(), other->sockets[0].fd()});
  const auto taken = take_passed_sockets(variables("2", "a:b"), kFirst);
  ASSERT_TRUE(taken) << taken.error().message;
  ASSERT_TRUE(*taken);
  EXPECT_EQ((*taken)->host, "127.0.0.1");
  EXPECT_EQ((*taken)->port, one->port);
  ASSERT_EQ((*taken)->sockets.size(), 2U);
  for (const base::File& socket : (*taken)->sockets) {
    EXPECT_EQ(fcntl(socket.fd(), F_GETFD), FD_CLOEXEC);
    EXPECT_NE(fcntl(socket.fd(), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST(PassedSockets, OfIpv6HaveBrackets) {
  const auto socket = listen_on("::1", 0);
  if (!socket) GTEST_SKIP() << "no IPv6 here";
  put({socket->sockets[0].fd()});
  const auto taken = take_passed_sockets(variables("1"), kFirst);
  ASSERT_TRUE(taken && *taken);
  EXPECT_EQ((*taken)->host, "[::1]");
  EXPECT_EQ((*taken)->port, socket->port);
}

TEST(PassedSockets, OfAnotherProcessAreLeftAlone) {
  const auto socket = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(socket);
  put({socket->sockets[0].fd()});
  for (const std::string pid : {"", "1", "x", "-1", "99999999999999999999"}) {
    const auto taken = take_passed_sockets({pid, "1", ""}, kFirst);
    ASSERT_TRUE(taken) << pid;
    EXPECT_FALSE(*taken) << pid;
  }
  const auto none = take_passed_sockets(variables("0"), kFirst);
  EXPECT_TRUE(none && !*none);
  EXPECT_TRUE(is_open(kFirst));
  close(kFirst);
}

TEST(PassedSockets, ThatCannotBeServedAreRefused) {
  const base::File datagrams(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(refusal(datagrams.fd()).find("is not a stream socket"), std::string::npos);
  const base::File bare(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(refusal(bare.fd()).find("does not listen"), std::string::npos);
  const base::File local(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;  // and no path: the kernel finds a name
  ASSERT_EQ(bind(local.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address.sun_family), 0);
  ASSERT_EQ(listen(local.fd(), 1), 0);
  EXPECT_NE(refusal(local.fd()).find("is a Unix socket"), std::string::npos);
  const base::File file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_NE(refusal(file.fd()).find("is not a socket"), std::string::npos);
}

TEST(PassedSockets, OfNonsenseAreRefused) {
  const auto missing = take_passed_sockets(variables("1"), kFirst);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("descriptor 400 is not open"), std::string::npos)
      << missing.error().message;
  for (const std::string count : {"", "x", "-1", "1 ", "1000"}) {
    const auto taken = take_passed_sockets(variables(count), kFirst);
    ASSERT_FALSE(taken) << count;
    EXPECT_EQ(taken.error().code, ErrorCode::kBadUsage);
  }
}

TEST(ListenVariables, AreTakenOutOfTheEnvironment) {
  setenv("LISTEN_PID", "7", 1);
  setenv("LISTEN_FDS", "2", 1);
  setenv("LISTEN_FDNAMES", "a:b", 1);
  setenv("LISTEN_PIDFDID", "9", 1);
  const ListenVariables taken = ListenVariables::take_from_environment();
  EXPECT_EQ(taken.pid, "7");
  EXPECT_EQ(taken.count, "2");
  EXPECT_EQ(taken.names, "a:b");
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"})
    EXPECT_EQ(getenv(name), nullptr) << name;
}

}  // namespace
}  // namespace wws::supervisor

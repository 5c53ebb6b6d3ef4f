#include "egress/poll_set.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>

#include "base/file.h"

namespace wws::egress::test {
namespace {

/// Two sockets that are connected; the set watches the first.
class PollSetTest : public ::testing::Test {
 protected:
  PollSetTest() : polls_(std::move(*PollSet::create(context_))) {
    std::array<int, 2> fds{-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()), 0);
    watched_ = base::File(fds[0]);
    other_ = base::File(fds[1]);
  }

  void watch(unsigned interest) { polls_->set(watched_.fd(), interest, handler_); }
  void write() { EXPECT_EQ(::write(other_.fd(), "x", 1), 1); }
  /// Turns the loop for as long as there is something to do, a thousand times at most; how often it called.
  int turn() {
    calls_ = 0;
    context_.restart();
    turns_ = 0;
    while (turns_ < 1000 && context_.poll_one() > 0) ++turns_;
    return calls_;
  }

  boost::asio::io_context context_;
  std::unique_ptr<PollSet> polls_;
  base::File watched_;
  base::File other_;
  int calls_ = 0;
  int turns_ = 0;
  unsigned ready_ = PollSet::kNone;
  PollSet::Handler handler_ = [this](int fd, unsigned ready) {
    EXPECT_EQ(fd, watched_.fd());
    ++calls_;
    ready_ = ready;
    std::array<char, 8> bytes{};
    (void)read(fd, bytes.data(), bytes.size());
  };
};

TEST_F(PollSetTest, CallsForWhatIsWanted) {
  watch(PollSet::kRead);
  EXPECT_EQ(turn(), 0);
  write();
  EXPECT_EQ(turn(), 1);
  EXPECT_EQ(ready_, PollSet::kRead);
}

TEST_F(PollSetTest, WhatIsNotWantedAnyMoreIsNotToldAndNotLost) {
  watch(PollSet::kRead);
  turn();
  watch(PollSet::kNone);
  write();
  EXPECT_EQ(turn(), 0);
  EXPECT_LT(turns_, 1000) << "the loop comes to rest";
  EXPECT_EQ(turn(), 0);
  watch(PollSet::kRead);
  EXPECT_EQ(turn(), 1);
}

TEST_F(PollSetTest, ALessWideInterestComesToRest) {
  watch(PollSet::kRead | PollSet::kWrite);
  turn();
  watch(PollSet::kRead);
  EXPECT_EQ(turn(), 0) << "it can be written to all the time";
  EXPECT_LT(turns_, 1000);
  write();
  EXPECT_EQ(turn(), 1);
}

TEST_F(PollSetTest, AHangUpOfOneThatNobodyWaitsForComesToRest) {
  watch(PollSet::kRead);
  turn();
  watch(PollSet::kNone);
  other_ = base::File();
  EXPECT_EQ(turn(), 0);
  EXPECT_LT(turns_, 1000);
}

TEST_F(PollSetTest, ANumberThatIsGivenOutAgainIsAnother) {
  watch(PollSet::kRead);
  turn();
  watch(PollSet::kNone);
  const int number = watched_.fd();
  polls_->forget(number);
  std::array<int, 2> fds{-1, -1};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()), 0);
  ASSERT_EQ(dup3(fds[0], number, O_CLOEXEC), number);
  close(fds[0]);
  other_ = base::File(fds[1]);
  watch(PollSet::kRead);
  write();
  EXPECT_EQ(turn(), 1);
}

}  // namespace
}  // namespace wws::egress::test

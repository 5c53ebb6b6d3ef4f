#include "link/frame_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace wws::link {
namespace {

enum class Said : std::uint16_t { kAsked = 1, kAnswered = 2 };

std::string frame(Said kind, std::uint32_t id, std::size_t size = 0) {
  std::string bytes;
  append_frame(bytes, kind, id, 0, [&](std::string& payload) { payload.append(size, 'x'); });
  return bytes;
}

/// One end in a loop; of the other the test has the descriptor.
class FrameSocketTest : public ::testing::Test {
 protected:
  FrameSocketTest() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no sockets");
    other_ = base::File(ends[1]);
    socket_.emplace(context_, base::File(ends[0]),
                    FrameSocket::Handlers{[this](const Frame& frame) {
                                            taken_.push_back(frame.id);
                                            return true;
                                          },
                                          [this] {
                                            if (on_batch_) on_batch_();
                                          },
                                          [this] { has_ended_ = true; }});
  }

  void write(const std::string& bytes) {
    ASSERT_EQ(::send(other_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// The ids of the frames that have come to the other end.
  std::vector<std::uint32_t> received() {
    std::vector<std::uint32_t> ids;
    std::string buffer(1 << 16, '\0');
    ssize_t count = 0;
    while ((count = recv(other_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
      (void)reader_.read({buffer.data(), static_cast<std::size_t>(count)}, [&](const Frame& frame) {
        ids.push_back(frame.id);
        return true;
      });
    }
    return ids;
  }

  boost::asio::io_context context_;
  base::File other_;
  FrameReader reader_;
  std::vector<std::uint32_t> taken_;
  std::function<void()> on_batch_;
  bool has_ended_ = false;
  std::optional<FrameSocket> socket_;
};

using Ids = std::vector<std::uint32_t>;

TEST_F(FrameSocketTest, SendsAtTheEndOfTheTurn) {
  socket_->send(frame(Said::kAnswered, 1));
  socket_->send(frame(Said::kAnswered, 2));
  EXPECT_EQ(received(), Ids{});
  context_.poll();
  EXPECT_EQ(received(), (Ids{1, 2}));
}

TEST_F(FrameSocketTest, SendsNowWhatSomebodyWaitsFor) {
  socket_->send(frame(Said::kAnswered, 1));
  socket_->send_now();
  EXPECT_EQ(received(), Ids{1});
  context_.poll();
  EXPECT_EQ(received(), Ids{});
}

TEST_F(FrameSocketTest, TellsAtTheEndOfTheTurnThatSendingNowFailed) {
  other_ = base::File();
  socket_->send(frame(Said::kAnswered, 1));
  socket_->send_now();
  EXPECT_FALSE(has_ended_);
  context_.poll();
  EXPECT_TRUE(has_ended_);
}

TEST_F(FrameSocketTest, SendsRightBehindABatchWhatItsHandlersWrite) {
  on_batch_ = [this] {
    for (const std::uint32_t id : taken_) socket_->send(frame(Said::kAnswered, id));
  };
  write(frame(Said::kAsked, 7) + frame(Said::kAsked, 8));
  context_.run_one();
  EXPECT_EQ(received(), (Ids{7, 8}));
}

TEST_F(FrameSocketTest, KeepsTheOrderOfWhatIsWrittenBeforeABatchAndInIt) {
  on_batch_ = [this] { socket_->send(frame(Said::kAnswered, 2)); };
  write(frame(Said::kAsked, 1));
  socket_->send(frame(Said::kAnswered, 1));
  context_.poll();
  EXPECT_EQ(received(), (Ids{1, 2}));
}

TEST_F(FrameSocketTest, KeepsWhatTheOtherEndDoesNotTake) {
  constexpr std::size_t kLarge = 100'000;
  Ids all;
  for (std::uint32_t id = 1; id <= 50; ++id) {
    socket_->send(frame(Said::kAnswered, id, kLarge));
    all.push_back(id);
  }
  context_.poll();
  EXPECT_GT(socket_->queued(), 0U);
  on_batch_ = [this] { socket_->send(frame(Said::kAnswered, 51)); };  // waits behind the others
  all.push_back(51);
  write(frame(Said::kAsked, 1));
  Ids ids;
  for (int turns = 0; turns < 10'000 && ids.size() < all.size(); ++turns) {
    context_.poll();
    for (const std::uint32_t id : received()) ids.push_back(id);
  }
  EXPECT_EQ(ids, all);
  EXPECT_EQ(socket_->queued(), 0U);
}

TEST_F(FrameSocketTest, ReadsWhatIsLargerThanItsBuffer) {
  write(frame(Said::kAsked, 1, 60'000) + frame(Said::kAsked, 2, 60'000) + frame(Said::kAsked, 3));
  context_.poll();
  EXPECT_EQ(taken_, (Ids{1, 2, 3}));
}

TEST_F(FrameSocketTest, TellsTheEndBehindWhatCameBefore) {
  write(frame(Said::kAsked, 1));
  other_ = base::File();
  context_.poll();
  EXPECT_EQ(taken_, Ids{1});
  EXPECT_TRUE(has_ended_);
}

TEST_F(FrameSocketTest, MayGoInItsHandlers) {
  on_batch_ = [this] {
    socket_->send(frame(Said::kAnswered, 1));
    socket_.reset();
  };
  write(frame(Said::kAsked, 1));
  context_.poll();
  EXPECT_FALSE(socket_);
  EXPECT_FALSE(has_ended_);
}

}  // namespace
}  // namespace wws::link

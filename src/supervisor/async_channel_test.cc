#include "supervisor/async_channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wws::supervisor {
namespace {

constexpr std::size_t kSmall = 1024;

/// The supervisor's end in a loop that the test turns, and a child's end that the test writes by hand.
class AsyncChannelTest : public ::testing::Test {
 protected:
  AsyncChannelTest() : pair_(std::move(*Channel::make())) { open({kSmall, 0, kSmall, 2}); }

  void open(const ChannelLimits& limits) {
    auto socket = pair_.ours.duplicate();
    channel_ = std::make_unique<AsyncChannel>(
        context_, std::move(*socket), limits,
        AsyncChannel::Handlers{[this](Message message) -> Result<void> {
                                 if (message.type != MessageType::kFailed)
                                   return fail(ErrorCode::kInternal, "not expected");
                                 messages_.push_back(std::move(message));
                                 return {};
                               },
                               [this](Result<void> why) { ended_.emplace(std::move(why)); }});
  }
  void turn() {
    context_.restart();
    context_.poll();
  }
  void write(std::string_view bytes) {
    ASSERT_EQ(::send(pair_.theirs.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT),
              static_cast<ssize_t>(bytes.size()));
  }
  static std::string header(ChannelHeader header) {
    return {reinterpret_cast<char*>(&header), sizeof header};
  }
  static std::string failed(std::string_view text) {
    return header({static_cast<std::uint32_t>(text.size()), ChannelHeader::kVersion,
                   static_cast<std::uint16_t>(MessageType::kFailed), 0, 0}) +
           std::string(text);
  }
  [[nodiscard]] std::string why() const {
    if (!ended_) return "open";
    return *ended_ ? "gone" : ended_->error().message;
  }

  boost::asio::io_context context_{1};
  ChannelPair pair_;
  std::unique_ptr<AsyncChannel> channel_;
  std::vector<Message> messages_;
  std::optional<Result<void>> ended_;
};

TEST_F(AsyncChannelTest, CarriesMessagesAndDescriptors) {
  const base::File file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(channel_->send(MessageType::kModules, "abc", {file.fd(), file.fd()}));
  ASSERT_TRUE(channel_->send(MessageType::kStop, ""));
  const auto first = pair_.theirs.receive();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->payload, "abc");
  EXPECT_EQ((*first)->descriptors.size(), 2U);
  EXPECT_EQ((*pair_.theirs.receive())->type, MessageType::kStop);
  ASSERT_TRUE(pair_.theirs.send(MessageType::kFailed, "why"));
  turn();
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_EQ(messages_[0].payload, "why");
}

TEST_F(AsyncChannelTest, BringsTheAnswerToItsQuestion) {
  std::vector<std::string> answers;
  for (const char* name : {"first ", "second "}) {
    ASSERT_TRUE(
        channel_->ask(MessageType::kSite, name, [&answers, name](const Message& answer) -> Result<void> {
          answers.push_back(name + answer.payload);
          return {};
        }));
  }
  EXPECT_FALSE(channel_->ask(MessageType::kSite, "", [](const Message&) -> Result<void> { return {}; }));
  const auto first = pair_.theirs.receive();
  const auto second = pair_.theirs.receive();
  boost::asio::io_context others;
  AsyncChannel theirs(others, std::move(*pair_.theirs.duplicate()), ChannelLimits::of_child(), {});
  ASSERT_TRUE(theirs.answer(**second, MessageType::kReady, "b"));
  ASSERT_TRUE(theirs.answer(**first, MessageType::kReady, "a"));
  turn();
  EXPECT_EQ(answers, (std::vector<std::string>{"second b", "first a"}));
  EXPECT_EQ(why(), "open");
  // The same once more answers nothing.
  ASSERT_TRUE(theirs.answer(**first, MessageType::kReady, "a"));
  turn();
  EXPECT_NE(why().find("answer to no question"), std::string::npos) << why();
}

/// A child that sent half a header and stopped there held the supervisor for ten seconds each time.
TEST_F(AsyncChannelTest, WaitsForTheRestOfAMessageWithoutHoldingTheLoop) {
  const std::string bytes = failed("in many parts");
  for (const char byte : bytes) {
    EXPECT_TRUE(messages_.empty());
    write({&byte, 1});
    turn();
  }
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_EQ(messages_[0].payload, "in many parts");
  write(bytes.substr(0, 7));
  turn();
  EXPECT_EQ(why(), "open");
  shutdown(pair_.theirs.fd(), SHUT_WR);
  turn();
  EXPECT_EQ(why(), "gone");
}

/// A child could make the supervisor take 256 MiB of message, and wait for all of it.
TEST_F(AsyncChannelTest, EndsAtAMessageThatIsTooLarge) {
  write(failed(std::string(kSmall, 'x')));
  turn();
  EXPECT_EQ(messages_.size(), 1U);
  write(header({kSmall + 1, ChannelHeader::kVersion, 6, 0, 0}));
  turn();
  EXPECT_NE(why().find("too large"), std::string::npos) << why();
}

TEST_F(AsyncChannelTest, EndsAtAnotherVersionAndAtWhatItsOwnerRefuses) {
  write(header({0, 1, 6, 0, 0}));
  turn();
  EXPECT_NE(why().find("another version"), std::string::npos) << why();

  pair_ = std::move(*Channel::make());
  ended_.reset();
  open({kSmall, 0, kSmall, 2});
  write(header({0, ChannelHeader::kVersion, 999, 0, 0}));
  turn();
  EXPECT_NE(why().find("not expected"), std::string::npos) << why();
}

/// A child could use up the supervisor's descriptors by sending it some.
TEST_F(AsyncChannelTest, TakesNoDescriptorsWhereNoneAreDue) {
  const base::File file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(pair_.theirs.send(MessageType::kFailed, "", {file.fd()}));
  turn();
  EXPECT_TRUE(messages_.empty());
  EXPECT_NE(why().find("descriptors"), std::string::npos) << why();
}

TEST_F(AsyncChannelTest, LeavesOthersTheirTurnDuringAFlood) {
  std::string flood;
  while (flood.size() < 20'000) flood += failed("x");
  write(flood);
  context_.poll_one();
  EXPECT_GT(messages_.size(), 0U);
  EXPECT_LT(messages_.size(), 100U);
  turn();
  EXPECT_GT(messages_.size(), 1000U);
}

/// A child that read nothing stopped the supervisor for ten seconds at each message to it.
TEST_F(AsyncChannelTest, QueuesWhatIsNotReadAndRefusesWhatIsTooMuch) {
  open({kSmall, 0, std::size_t{4} << 20, 2});
  const base::File file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::string large(std::size_t{1} << 20, 'x');
  ASSERT_TRUE(channel_->send(MessageType::kSite, large));
  ASSERT_TRUE(channel_->send(MessageType::kModules, "later", {file.fd()}));
  EXPECT_GT(channel_->queued_bytes(), 0U);
  Result<void> sent;
  int count = 0;
  while ((sent = channel_->send(MessageType::kSite, large))) ASSERT_LT(++count, 10);
  EXPECT_NE(sent.error().message.find("does not read"), std::string::npos);
  EXPECT_EQ(why(), "open");
  // The other end reads again: all comes, in order.
  boost::asio::io_context others;
  std::vector<Message> read;
  AsyncChannel theirs(others, std::move(*pair_.theirs.duplicate()), ChannelLimits::of_child(),
                      {[&](Message message) -> Result<void> {
                         read.push_back(std::move(message));
                         return {};
                       },
                       [](const Result<void>&) {}});
  for (int i = 0; i < 10'000 && channel_->queued_bytes() > 0; ++i) {
    turn();
    others.poll();
  }
  others.poll();
  ASSERT_EQ(read.size(), 2U + static_cast<std::size_t>(count));
  EXPECT_EQ(read[0].payload, large);
  EXPECT_EQ(read[1].payload, "later");
  EXPECT_EQ(read[1].descriptors.size(), 1U);
  EXPECT_EQ(channel_->queued_bytes(), 0U);
  EXPECT_GT(channel_->sent_bytes(), large.size());
}

TEST_F(AsyncChannelTest, LeavesInTheSocketWhatComesDuringAPause) {
  channel_->pause();
  write(failed("a"));
  turn();
  EXPECT_TRUE(messages_.empty());
  channel_->resume();
  turn();
  EXPECT_EQ(messages_.size(), 1U);
}

TEST_F(AsyncChannelTest, CallsNoHandlerOnceItIsDestroyed) {
  write(failed("a") + failed("b"));
  context_.restart();
  channel_.reset();  // with a handler in the loop
  turn();
  EXPECT_TRUE(messages_.empty());
  EXPECT_EQ(why(), "open");
}

TEST_F(AsyncChannelTest, MayBeDestroyedByItsHandler) {
  auto socket = pair_.ours.duplicate();
  channel_.reset();
  int count = 0;
  channel_ = std::make_unique<AsyncChannel>(context_, std::move(*socket), ChannelLimits::of_supervisor(),
                                            AsyncChannel::Handlers{[&](const Message&) -> Result<void> {
                                                                     ++count;
                                                                     channel_.reset();
                                                                     return {};
                                                                   },
                                                                   [&](const Result<void>&) { ++count; }});
  write(failed("a") + failed("b"));
  turn();
  EXPECT_EQ(count, 1);
}

TEST_F(AsyncChannelTest, SaysThatTheOtherEndIsGoneAfterItsLastWords) {
  ASSERT_TRUE(pair_.theirs.send(MessageType::kFailed, "last words"));
  {
    const Channel gone = std::move(pair_.theirs);
  }
  channel_->drain();
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_EQ(messages_[0].payload, "last words");
  EXPECT_EQ(why(), "gone");
}

TEST_F(AsyncChannelTest, TellsAnEndThatIsGoneFromOneThatDoesNotRead) {
  {
    const Channel gone = std::move(pair_.theirs);
  }
  const auto sent = channel_->send(MessageType::kFailed, "too late");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(channel_->queued_bytes(), 0U);
  EXPECT_EQ(why(), "open");
  turn();
  EXPECT_EQ(why(), "gone");
}

}  // namespace
}  // namespace wws::supervisor

#include "egress/fetch_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wws::egress {
namespace {

using abi::NativeError;

fetch::Request get(std::string url) {
  fetch::Request request;
  request.method = "GET";
  request.url = std::move(url);
  return request;
}

fetch::Request stream() {
  fetch::Request request = get("http://a/");
  request.method = "POST";
  request.body = fetch::BodyForm::kStream;
  return request;
}

/// A client, and the test in the place of the child.
class FetchClientTest : public ::testing::Test, private abi::Completions {
 protected:
  struct Told {
    FrameKind kind{};
    std::uint32_t id = 0;
    std::uint16_t subject = 0;
    std::string payload;
  };

  FetchClientTest() : client_(context_, *this, clock_) { link(); }
  ~FetchClientTest() override { client_.disconnect(); }

  void link() {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    client_.connect(base::File(ends[0]));
    child_ = std::make_unique<link::FrameSocket>(
        context_, base::File(ends[1]),
        link::FrameSocket::Handlers{[this](const link::Frame& frame) {
                                      told_.push_back({frame.kind_as<FrameKind>(), frame.id, frame.subject,
                                                       std::string(frame.payload)});
                                      return true;
                                    },
                                    [] {}, [this] { is_broken_ = true; }});
  }
  void turn() {
    context_.restart();
    context_.poll();
  }
  Told next() {
    turn();
    if (told_.empty()) return {};
    Told told = std::move(told_.front());
    told_.pop_front();
    return told;
  }
  void say(FrameKind kind, std::uint32_t id, std::string_view payload) {
    std::string frame;
    link::append_frame(frame, kind, id, 0, [&](std::string& bytes) { bytes += payload; });
    child_->send(frame);
    turn();
  }
  void say_head(std::uint32_t id) {
    std::string payload;
    encode(fetch::Head{200, "http://a/", {{"x", "y"}}}, payload);
    say(FrameKind::kHead, id, payload);
  }
  void say_count(FrameKind kind, std::uint32_t id, std::uint32_t count) {
    std::string payload;
    encode_count(count, payload);
    say(kind, id, payload);
  }
  auto start(fetch::Request request, std::string_view body = {}, std::uint64_t invocation = 1) {
    return client_.start(grant_, invocation, std::move(request), body);
  }
  static bool is_ready(const abi::Operation& operation) {
    return operation.ready_at() == base::Instant::min();
  }

  void complete(const abi::Ticket&, std::unique_ptr<abi::OperationResult>) override {}
  void wake(std::uint64_t invocation) override { ++woken_[invocation]; }

  boost::asio::io_context context_;
  abi::FetchGrant grant_{7, 2, 50};
  base::ManualClock clock_;
  FetchClient client_;
  std::unique_ptr<link::FrameSocket> child_;
  std::deque<Told> told_;
  std::map<std::uint64_t, int> woken_;
  bool is_broken_ = false;
};

TEST_F(FetchClientTest, AnAnswerArrivesPieceByPiece) {
  const auto request = start(get("http://a/"));
  const Told asked = next();
  EXPECT_EQ(asked.kind, FrameKind::kStart);
  EXPECT_EQ(asked.subject, 7U);
  EXPECT_EQ(decode_request(asked.payload)->url, "http://a/");
  EXPECT_FALSE(is_ready(*request));
  EXPECT_EQ(request->read(10).error(), NativeError::kAgain);

  say_head(asked.id);
  EXPECT_TRUE(is_ready(*request));
  EXPECT_EQ(woken_[1], 1);
  ASSERT_NE(request->head(), nullptr);
  EXPECT_EQ(request->head()->status, 200);
  EXPECT_FALSE(is_ready(*request)) << "it is the body that is waited for next";

  say(FrameKind::kData, asked.id, "hello");
  EXPECT_TRUE(is_ready(*request));
  EXPECT_EQ(*request->read(3), "hel");
  EXPECT_EQ(*request->read(3), "lo");
  EXPECT_EQ(request->read(3).error(), NativeError::kAgain);
  const Told read = next();
  EXPECT_EQ(read.kind, FrameKind::kRead);
  EXPECT_EQ(decode_count(read.payload), 5U);

  say(FrameKind::kEnd, asked.id, "");
  EXPECT_TRUE(is_ready(*request));
  EXPECT_EQ(*request->read(3), "");
  EXPECT_EQ(request->refusal(), nullptr);
}

TEST_F(FetchClientTest, WhatCameBeforeAFailureIsRead) {
  const auto request = start(get("http://a/"));
  const auto id = next().id;
  say_head(id);
  say(FrameKind::kData, id, "half");
  std::string payload;
  encode(fetch::Refusal{fetch::Failure::kBroken, "the other side broke off"}, payload);
  say(FrameKind::kFailed, id, payload);
  EXPECT_EQ(*request->read(100), "half");
  EXPECT_EQ(request->read(100).error(), NativeError::kClosed);
  EXPECT_EQ(request->refusal()->failure, fetch::Failure::kBroken);
}

TEST_F(FetchClientTest, AChildThatSendsMoreThanTheWindowIsDoneWith) {
  const auto request = start(get("http://a/"));
  const auto id = next().id;
  say_head(id);
  const std::string piece(kLargestPiece, 'x');
  say(FrameKind::kData, id, piece);
  say(FrameKind::kData, id, piece);
  EXPECT_EQ(request->refusal(), nullptr);
  say(FrameKind::kData, id, "x");
  turn();
  EXPECT_TRUE(is_broken_);
  EXPECT_EQ(request->refusal()->failure, fetch::Failure::kUnavailable);
}

TEST_F(FetchClientTest, OthersWaitForTheirTurn) {
  auto first = start(get("http://a/1"));
  const auto second = start(get("http://a/2"));
  const auto third = start(get("http://a/3"));
  const auto other = start(get("http://a/4"), {}, 2);
  const auto id = next().id;
  EXPECT_EQ(next().kind, FrameKind::kStart);
  EXPECT_EQ(decode_request(next().payload)->url, "http://a/4") << "of another invocation";
  EXPECT_EQ(next().kind, FrameKind{});
  say_head(id);
  say(FrameKind::kEnd, id, "");
  EXPECT_EQ(decode_request(next().payload)->url, "http://a/3");
  first.reset();
  EXPECT_EQ(next().kind, FrameKind{}) << "it has ended: there is nothing to cancel";
}

TEST_F(FetchClientTest, WhatNobodyHoldsIsCancelled) {
  auto request = start(get("http://a/"));
  auto waits = start(get("http://a/"));
  auto waits_longer = start(get("http://a/"));
  const auto id = next().id;
  next();
  waits_longer.reset();
  EXPECT_EQ(next().kind, FrameKind{}) << "the child has never heard of it";
  request.reset();
  const Told told = next();
  EXPECT_EQ(told.kind, FrameKind::kCancel);
  EXPECT_EQ(told.id, id);
  say_head(id);  // was on its way
  EXPECT_FALSE(is_broken_);
}

TEST_F(FetchClientTest, AWholeBodyGoesInOne) {
  fetch::Request request = get("http://a/");
  request.body = fetch::BodyForm::kWhole;
  const std::string body(kWindow * 2, 'b');
  const auto held = start(request, body);
  EXPECT_EQ(next().kind, FrameKind::kStart);
  EXPECT_EQ(next().payload.size(), body.size());
  EXPECT_EQ(next().kind, FrameKind::kBodyEnd);
  const auto too_large = start(request, std::string(kLargestWholeBody + 1, 'b'));
  EXPECT_EQ(too_large->refusal()->failure, fetch::Failure::kTooLarge);
}

TEST_F(FetchClientTest, AStreamComesToRestAndGoesOn) {
  const auto request = start(stream());
  const auto id = next().id;
  const auto room = request->room();
  EXPECT_TRUE(is_ready(*room));
  EXPECT_EQ(*request->write(std::string(kWindow + 5, 'x')), kWindow);
  EXPECT_FALSE(is_ready(*room));
  EXPECT_EQ(request->write("x").error(), NativeError::kAgain);
  EXPECT_EQ(next().payload.size(), kLargestPiece);
  EXPECT_EQ(next().payload.size(), kLargestPiece);
  say_count(FrameKind::kTaken, id, 3);
  EXPECT_TRUE(is_ready(*room));
  EXPECT_EQ(*request->write("xxxxx"), 3U);
  request->end_body();
  EXPECT_EQ(request->write("x").error(), NativeError::kState);
  EXPECT_EQ(next().payload, "xxx");
  EXPECT_EQ(next().kind, FrameKind::kBodyEnd);
}

TEST_F(FetchClientTest, AStreamMayBeWrittenBeforeItsTurn) {
  auto first = start(get("http://a/"));
  auto second = start(get("http://a/"));
  const auto request = start(stream());
  EXPECT_EQ(*request->write("early"), 5U);
  request->end_body();
  next();
  next();
  first.reset();
  EXPECT_EQ(next().kind, FrameKind::kCancel);
  EXPECT_EQ(next().kind, FrameKind::kStart);
  EXPECT_EQ(next().payload, "early");
  EXPECT_EQ(next().kind, FrameKind::kBodyEnd);
}

TEST_F(FetchClientTest, WhatIsUnderWayGoesOnWhereItBegan) {
  auto before = start(get("http://a/before"));
  const auto id = next().id;
  auto former = std::move(child_);
  link();  // to a child with other orders
  const auto after = start(get("http://a/after"));
  const Told asked = next();
  EXPECT_EQ(decode_request(asked.payload)->url, "http://a/after") << "by the next child";
  say_head(asked.id);
  EXPECT_NE(after->head(), nullptr);
  EXPECT_FALSE(is_ready(*before));

  std::swap(former, child_);
  say_head(id);
  say(FrameKind::kData, id, "all of it");
  EXPECT_FALSE(is_broken_);
  say(FrameKind::kEnd, id, {});
  EXPECT_EQ(*before->read(100), "all of it");
  turn();
  EXPECT_TRUE(is_broken_) << "nobody needs the child before any more";
  EXPECT_EQ(after->refusal(), nullptr);
}

TEST_F(FetchClientTest, OnlyWhatTheChildBeforeHasFailsWithIt) {
  int lost = 0;
  client_.set_on_lost([&] { ++lost; });
  const auto before = start(get("http://a/before"));
  turn();
  auto former = std::move(child_);
  link();
  const auto after = start(get("http://a/after"));
  former.reset();
  turn();
  EXPECT_EQ(before->refusal()->failure, fetch::Failure::kUnavailable);
  EXPECT_EQ(after->refusal(), nullptr);
  EXPECT_EQ(lost, 0);
}

TEST_F(FetchClientTest, WhatIsUnderWayFailsWithTheLink) {
  const auto running = start(get("http://a/"));
  auto second = start(get("http://a/"));
  const auto waiting = start(get("http://a/"));
  turn();
  child_.reset();
  turn();
  EXPECT_EQ(running->refusal()->failure, fetch::Failure::kUnavailable);
  EXPECT_EQ(waiting->refusal()->failure, fetch::Failure::kUnavailable);
  EXPECT_EQ(start(get("http://a/"))->refusal()->failure, fetch::Failure::kUnavailable);
  told_.clear();
  link();
  const auto again = start(get("http://a/"));
  EXPECT_EQ(next().kind, FrameKind::kStart);
}

}  // namespace
}  // namespace wws::egress

#include "egress/egress_server.h"

#include "egress/test_driver.h"

namespace wws::egress::test {
namespace {

using fetch::BodyForm;
using fetch::Failure;
using Verdict = EgressServer::Verdict;

class EgressServerTest : public Driver {
 protected:
  static fetch::Request stream(const std::string& url, std::optional<std::uint64_t> length = {}) {
    auto request = with("POST", url);
    request.body = BodyForm::kStream;
    request.length = length;
    return request;
  }
  Told& of(std::uint32_t id) { return told_[{1, id}]; }
};

/// A reader that stops: what is on the way stays bounded, all the way back to the sender.
TEST_F(EgressServerTest, AnAnswerWaitsForItsReader) {
  constexpr std::size_t kSize = std::size_t{50} << 20;
  std::string body(kSize, 'x');
  Server server(context_, [&](const std::string&) { return ok(body); });
  make({server.literal()});
  reads_ = false;
  const auto id = start(get("http://" + server.literal()));
  ASSERT_TRUE(run_until([&] { return of(id).body.size() + 16384 > kWindow; }));
  context_.restart();
  context_.run_for(std::chrono::milliseconds(50));
  EXPECT_LE(of(id).body.size(), kWindow);
  EXPECT_LT(server.written(), std::size_t{12} << 20)
      << "the rest is the sender's: what was written is in sockets";
  reads_ = true;
  read(id, of(id).body.size());
  EXPECT_TRUE(finish(id).has_ended);
  EXPECT_EQ(of(id).body.size(), kSize);
}

TEST_F(EgressServerTest, AnAnswerWaitsForAClientThatTakesNothing) {
  Server server(context_, [&](const std::string&) { return ok(std::string(100000, 'x')); });
  make({server.literal()});
  queued_ = EgressServer::kMostQueued;
  const auto id = start(get("http://" + server.literal()));
  ASSERT_TRUE(run_until([&] { return of(id).head.has_value(); }));
  server_->poll();
  EXPECT_EQ(of(id).body, "");
  queued_ = 0;
  EXPECT_EQ(finish(id).body.size(), 100000U);
}

TEST_F(EgressServerTest, ABodyStreamsAndWaitsForWhoTakesIt) {
  Server server(context_,
                [](const std::string& request) { return ok(request.substr(request.find("\r\n\r\n") + 4)); });
  make({server.literal()});
  const auto id = start(stream("http://" + server.literal()));
  std::size_t sent = 0;
  const std::string piece(32768, 'y');
  while (sent < (std::size_t{3} << 20)) {
    ASSERT_TRUE(run_until([&] { return sent + piece.size() - of(id).taken <= kWindow; }));
    ASSERT_EQ(give(FrameKind::kBody, id, piece), Verdict::kGood);
    sent += piece.size();
  }
  ASSERT_EQ(give(FrameKind::kBodyEnd, id), Verdict::kGood);
  EXPECT_TRUE(finish(id).has_ended);
  EXPECT_EQ(of(id).taken, sent);
  EXPECT_NE(server.requests()[0].find("Transfer-Encoding: chunked"), std::string::npos);
}

TEST_F(EgressServerTest, ABodyHasTheLengthThatItWasSaidToHave) {
  Server server(context_, [](const std::string&) { return ok("x"); });
  make({server.literal()}, {.request_body = 100});
  const std::string url = "http://" + server.literal();
  auto id = start(stream(url, 10));
  ASSERT_EQ(give(FrameKind::kBody, id, "0123456789"), Verdict::kGood);
  ASSERT_EQ(give(FrameKind::kBodyEnd, id), Verdict::kGood);
  EXPECT_TRUE(finish(id).has_ended);
  EXPECT_NE(server.requests()[0].find("Content-Length: 10\r\n"), std::string::npos);
  id = start(stream(url, 10));
  ASSERT_EQ(give(FrameKind::kBody, id, "0123456789a"), Verdict::kGood);
  expect_refused(finish(id), Failure::kInvalid, "longer");
  id = start(stream(url, 10));
  ASSERT_EQ(give(FrameKind::kBodyEnd, id), Verdict::kGood);
  expect_refused(finish(id), Failure::kInvalid, "shorter");
  id = start(stream(url));
  ASSERT_EQ(give(FrameKind::kBody, id, std::string(101, 'x')), Verdict::kGood);
  expect_refused(finish(id), Failure::kTooLarge, "max_request_body");
  expect_refused(fetch(stream(url, 101)), Failure::kTooLarge, "max_request_body");
  expect_refused(fetch_with_body(with("POST", url), std::string(101, 'x')), Failure::kTooLarge,
                 "max_request_body");
}

/// 307 of a body that was read once.
TEST_F(EgressServerTest, AStreamIsNotSentTwice) {
  Server server(context_, [](const std::string& request) {
    if (request.find(" /to ") != std::string::npos) return ok(request);
    return redirect(request.find("/307") != std::string::npos ? 307 : 303, "/to");
  });
  make({server.literal()});
  auto id = start(stream("http://" + server.literal() + "/307"));
  ASSERT_EQ(give(FrameKind::kBodyEnd, id), Verdict::kGood);
  expect_refused(finish(id), Failure::kRedirect, "stream");
  id = start(stream("http://" + server.literal() + "/303"));
  ASSERT_EQ(give(FrameKind::kBody, id, "abc"), Verdict::kGood);
  ASSERT_EQ(give(FrameKind::kBodyEnd, id), Verdict::kGood);
  EXPECT_TRUE(finish(id).body.starts_with("GET /to "));
}

TEST_F(EgressServerTest, WhatIsCancelledIsGone) {
  Server server(context_, [](const std::string&) { return Server::Reply{""}; });
  make({server.literal()});
  const auto id = start(get("http://" + server.literal()));
  ASSERT_TRUE(run_until([&] { return server.requests().size() == 1; }));
  EXPECT_FALSE(server_->is_idle());
  EXPECT_EQ(give(FrameKind::kCancel, id), Verdict::kGood);
  EXPECT_TRUE(server_->is_idle());
  EXPECT_EQ(give(FrameKind::kCancel, id), Verdict::kGood) << "its end may have been on the way";
  EXPECT_EQ(give(FrameKind::kRead, id, std::string(4, '\1')), Verdict::kGood);
  const auto other = start(get("http://" + server.literal()), 2);
  server_->remove_client(2);
  EXPECT_TRUE(server_->is_idle());
  EXPECT_FALSE(told_[std::pair(2U, other)].is_over());
  const auto unresolved = start(get("http://" + server.literal()));
  EXPECT_EQ(give(FrameKind::kCancel, unresolved), Verdict::kGood);
}

TEST_F(EgressServerTest, WhatNoClientSendsBreaksTheLink) {
  Server server(context_, [](const std::string&) { return Server::Reply{""}; });
  make({server.literal()});
  const std::string url = "http://" + server.literal();
  std::string request;
  encode(get(url), request);
  EXPECT_EQ(give(FrameKind::kStart, 900, "x"), Verdict::kBroken);
  EXPECT_EQ(give(FrameKind::kStart, 900, request + "x"), Verdict::kBroken);
  EXPECT_EQ(server_->take(1, {1, 900, 1, request}), Verdict::kBroken) << "a grant that is not there";
  EXPECT_EQ(server_->take(1, {0, 900, 0, request}), Verdict::kBroken);
  EXPECT_EQ(server_->take(1, {6, 900, 0, ""}), Verdict::kBroken);
  EXPECT_EQ(server_->take(1, {65535, 900, 0, ""}), Verdict::kBroken);
  const auto plain = start(get(url));
  EXPECT_EQ(give(FrameKind::kStart, plain, request), Verdict::kBroken) << "a number that is in use";
  EXPECT_EQ(give(FrameKind::kBody, plain, "x"), Verdict::kBroken) << "it has no body";
  EXPECT_EQ(give(FrameKind::kBodyEnd, plain), Verdict::kBroken);
  EXPECT_EQ(give(FrameKind::kRead, plain, "x"), Verdict::kBroken);
  EXPECT_EQ(give(FrameKind::kRead, plain, std::string(4, '\1')), Verdict::kBroken) << "it was sent nothing";
  const auto large = start(stream(url));
  EXPECT_EQ(give(FrameKind::kBody, large, std::string(kLargestPiece + 1, 'x')), Verdict::kBroken);
  const auto fast = start(stream("http://" + server.literal()));
  EXPECT_EQ(give(FrameKind::kBody, fast, std::string(kLargestPiece, 'x')), Verdict::kGood);
  EXPECT_EQ(give(FrameKind::kBody, fast, std::string(kLargestPiece, 'x')), Verdict::kGood);
  EXPECT_EQ(give(FrameKind::kBody, fast, "x"), Verdict::kBroken) << "more than the window";
  const auto ended = start(stream(url));
  EXPECT_EQ(give(FrameKind::kBodyEnd, ended), Verdict::kGood);
  EXPECT_EQ(give(FrameKind::kBody, ended, "x"), Verdict::kBroken);
}

TEST_F(EgressServerTest, OneClientHasNotAllThereIs) {
  make({"hangs.example"}, {.request_body = std::uint64_t{1} << 30});
  for (std::size_t i = 0; i < EgressServer::kMostTransfers; ++i) start(get("https://hangs.example/"));
  expect_refused(finish(start(get("https://hangs.example/"))), Failure::kUnavailable, "too many requests");
  EXPECT_FALSE(told_[std::pair(2U, start(get("https://hangs.example/"), 2))].is_over())
      << "another has its own";
  server_->remove_client(1);
  server_->add_client(1);
  std::uint32_t last = 0;
  const std::string whole(kLargestWholeBody, 'x');
  for (std::size_t i = 0; i <= EgressServer::kMostWholeBytes / kLargestWholeBody; ++i) {
    auto request = with("POST", "https://hangs.example/");
    request.body = BodyForm::kWhole;
    last = start(request);
    EXPECT_EQ(give(FrameKind::kBody, last, whole), Verdict::kGood);
  }
  expect_refused(finish(last), Failure::kUnavailable, "too many bodies");
}

/// Numbers, kinds and bytes at random: nothing but a verdict comes of it.
TEST_F(EgressServerTest, RandomFramesHarmNobody) {
  Server server(context_, [](const std::string&) { return ok("x"); });
  make({server.literal()});
  std::string request;
  encode(stream("http://" + server.literal()), request);
  std::uint32_t seed = 1;
  const auto random = [&] { return seed = seed * 1664525U + 1013904223U, seed >> 8; };
  for (int i = 0; i < 20000; ++i) {
    std::string payload = request.substr(0, random() % 4 == 0 ? random() % request.size() : request.size());
    if (!payload.empty() && random() % 3 == 0)
      payload[random() % payload.size()] = static_cast<char>(random());
    if (random() % 2 == 0) payload.resize(random() % 5);
    const auto kind = static_cast<std::uint16_t>(random() % 12);
    if (server_->take(1, {kind, random() % 8, static_cast<std::uint16_t>(random() % 2), payload}) ==
        Verdict::kBroken) {
      server_->remove_client(1);
      server_->add_client(1);
      told_.clear();
    }
    if (i % 100 == 0) {
      server_->poll();
      context_.restart();
      context_.poll();
    }
  }
  told_.clear();
  EXPECT_TRUE(finish(start(get("http://" + server.literal()), 2), 2).has_ended);
}

}  // namespace
}  // namespace wws::egress::test

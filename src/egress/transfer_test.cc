#include "egress/transfer.h"

#include "egress/test_driver.h"

namespace wws::egress::test {
namespace {

using fetch::Failure;

class TransferTest : public Driver {};

TEST_F(TransferTest, AnAnswerComesBackAsItWas) {
  Server server(context_, [](const std::string&) {
    return ok("hello", "X-A: 1\r\nX-A: 2\r\nConnection: keep-alive\r\n");
  });
  make({server.literal()});
  const Told told = fetch(get("http://" + server.literal() + "/a/../b c?d=é#f"));
  ASSERT_TRUE(told.head);
  EXPECT_EQ(told.head->status, 200);
  EXPECT_EQ(told.head->url, "http://" + server.literal() + "/b%20c?d=%C3%A9");
  EXPECT_EQ(told.head->fields, (fetch::Fields{{"x-a", "1"}, {"x-a", "2"}, {"content-length", "5"}}));
  EXPECT_EQ(told.body, "hello");
  EXPECT_TRUE(
      server.requests()[0].starts_with("GET /b%20c?d=%C3%A9 HTTP/1.1\r\nHost: " + server.literal() + "\r\n"))
      << server.requests()[0];
}

TEST_F(TransferTest, TheWorkersFieldsAreSentAndNotThoseOfTheConnection) {
  Server server(context_, [](const std::string&) { return ok(""); });
  make({server.literal()});
  auto request = get("http://" + server.literal() + "/");
  request.fields = {{"Accept-Encoding", "br"}, {"Host", "evil.example"},  {"Transfer-Encoding", "chunked"},
                    {"Content-Length", "77"},  {"Connection", "close"},   {"TE", "trailers"},
                    {"CDN-Loop", "none"},      {"X-Empty", ""},           {"Upgrade", "h2c"},
                    {"Cookie", "a=b"},         {"Expect", "100-continue"}};
  EXPECT_TRUE(fetch(request).has_ended);
  const std::string sent = server.requests().at(0);
  for (const char* kept : {"Accept-Encoding: br\r\n", "X-Empty:\r\n", "Cookie: a=b\r\n", "CDN-Loop: wws\r\n",
                           "User-Agent: wws\r\n", "Accept: */*\r\n"})
    EXPECT_NE(sent.find(kept), std::string::npos) << kept << sent;
  for (const char* dropped :
       {"evil", "chunked", "77", "close", "TE:", "none", "Upgrade", "Expect", "Content-Type"})
    EXPECT_EQ(sent.find(dropped), std::string::npos) << dropped << sent;
}

TEST_F(TransferTest, FieldsThatWouldBreakTheRequestAreRefused) {
  Server server(context_, [](const std::string&) { return ok(""); });
  make({server.literal()});
  const std::string url = "http://" + server.literal() + "/";
  const std::vector<std::pair<std::string, std::string>> bad = {{"a", "b\r\nX: y"},
                                                                {"a", "b\nX: y"},
                                                                {"a", std::string("b\0c", 3)},
                                                                {"a b", "c"},
                                                                {"a:", "b"},
                                                                {"", "b"},
                                                                {"a\r\nb", "c"},
                                                                {"a", "\x7f"},
                                                                {"é", "b"},
                                                                {"a;", ""},
                                                                {"a", std::string(70000, 'b')}};
  for (const auto& field : bad) {
    auto request = get(url);
    request.fields = {field};
    expect_refused(fetch(request), Failure::kInvalid, "header field");
  }
  for (const char* method : {"", "G ET", "GET\r\nX: y", "CONNECT", "TRACE", "GET /x HTTP/1.1\r\n"})
    EXPECT_EQ(fetch(with(method, url)).refusal->failure, Failure::kInvalid) << method;
  auto looped = get(url);
  looped.loop = "x\r\ny: z";
  EXPECT_EQ(fetch(looped).refusal->failure, Failure::kInvalid);
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(TransferTest, MethodsAndBodiesAreSentAsTheyAre) {
  Server server(context_, [](const std::string& request) {
    return request.starts_with("HEAD") ? Server::Reply{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"}
                                       : ok("x");
  });
  make({server.literal()});
  const std::string url = "http://" + server.literal() + "/";
  const Told head = fetch(with("HEAD", url));
  EXPECT_TRUE(head.has_ended);
  EXPECT_EQ(head.body, "");
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    EXPECT_TRUE(fetch(with(method, url)).has_ended);
    EXPECT_TRUE(server.requests().back().starts_with(method));
    EXPECT_NE(server.requests().back().find("Content-Length: 0\r\n"), std::string::npos)
        << server.requests().back();
  }
  EXPECT_TRUE(fetch(with("DELETE", url)).has_ended);
  EXPECT_EQ(server.requests().back().find("Content-Length"), std::string::npos);
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET"}) {
    EXPECT_TRUE(fetch_with_body(with(method, url), "some body").has_ended) << method;
    EXPECT_TRUE(server.requests().back().starts_with(method));
    EXPECT_TRUE(server.requests().back().ends_with("Content-Length: 9\r\n\r\nsome body") ||
                server.requests().back().ends_with("\r\n\r\nsome body"))
        << server.requests().back();
  }
  EXPECT_EQ(fetch_with_body(with("HEAD", url), "x").refusal->failure, Failure::kInvalid);
  EXPECT_TRUE(fetch_with_body(with("POST", url), "").has_ended);
}

/// libcurl's handles are used again: what one worker's request had is in no other one.
TEST_F(TransferTest, NothingOfARequestIsInTheNext) {
  Server server(context_, [](const std::string& request) {
    if (request.starts_with("HEAD")) return Server::Reply{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"};
    return request.find("/none") == std::string::npos ? ok("x")
                                                      : Server::Reply{"HTTP?\r\n\r\n", Server::Then::kClose};
  });
  make({server.literal(), "127.0.0.2"});
  const std::string url = "http://" + server.literal() + "/";
  const auto simple = get(url);
  ASSERT_TRUE(fetch(simple).has_ended);
  const std::string sent = server.requests().at(0);
  auto secret = get(url + "secret");
  secret.fields = {{"Authorization", "secret"}, {"Cookie", "secret"},  {"User-Agent", "secret"},
                   {"Accept", "secret"},        {"Range", "bytes=0-"}, {"X-Empty", ""}};
  auto long_body = with("PUT", url);
  long_body.fields = {{"Content-Type", "secret"}};
  const std::vector<std::function<Told()>> others = {
      [&] { return fetch(secret); },
      [&] { return fetch(with("DELETE", url)); },
      [&] { return fetch(with("HEAD", url)); },
      [&] { return fetch(with("POST", url)); },
      [&] { return fetch_with_body(long_body, "secret"); },
      [&] { return fetch_with_body(with("GET", url), "secret"); },
      [&] { return fetch(get(url + "none")); },
      [&] { return fetch(get("http://127.0.0.2:1/")); },
  };
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_TRUE(others[i]().is_over()) << i;
    const Told told = fetch(simple);
    EXPECT_TRUE(told.has_ended) << i;
    EXPECT_EQ(told.body, "x") << i;
    EXPECT_EQ(server.requests().back(), sent) << i;
  }
}

TEST_F(TransferTest, TheAllowListIsAskedFirst) {
  Server server(context_, [](const std::string&) { return ok(""); });
  make({server.literal()});
  const std::string port = std::to_string(server.port());
  expect_refused(fetch(get("http://127.0.0.1:1/")), Failure::kNotAllowed, "allowed_hosts");
  expect_refused(fetch(get("http://other.example:" + port)), Failure::kNotAllowed, "allowed_hosts");
  expect_refused(fetch(with("PURGE", "http://" + server.literal())), Failure::kNotAllowed, "allowed_methods");
  for (const char* url :
       {"ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "ws://127.0.0.1/",
        "dict://127.0.0.1/", "scp://127.0.0.1/", "data:,x", "javascript:1", "unix:/run/x"})
    EXPECT_TRUE(fetch(get(url)).refusal->failure == Failure::kNotAllowed ||
                told_.rbegin()->second.refusal->failure == Failure::kInvalid)
        << url;
  EXPECT_EQ(server.connections() + names_.asked, 0U);
}

/// A server that is asked through itself (RFC 8586).
TEST_F(TransferTest, LoopsEnd) {
  Server server(context_, [](const std::string&) { return ok(""); });
  make({server.literal()});
  auto request = get("http://" + server.literal() + "/");
  request.loop = "cdn; a=b, wws;v=2, wws-not";
  EXPECT_TRUE(fetch(request).has_ended);
  EXPECT_NE(server.requests()[0].find("CDN-Loop: cdn; a=b, wws;v=2, wws-not, wws\r\n"), std::string::npos);
  request.loop = "wws";
  for (unsigned i = 1; i < 15; ++i) request.loop += ", wws";
  EXPECT_TRUE(fetch(request).has_ended);
  request.loop += " ,wws ;x";
  expect_refused(fetch(request), Failure::kLoop, "16 times");
}

TEST_F(TransferTest, AnswersThatAreNoneAreSaidToBe) {
  std::string answer;
  Server server(context_, [&](const std::string&) { return Server::Reply{answer, Server::Then::kClose}; });
  make({server.literal()}, {.response_body = 1000});
  const std::string url = "http://" + server.literal() + "/";
  const auto expect = [&](const std::string& bytes, Failure failure) {
    answer = bytes;
    const Told told = fetch(get(url));
    ASSERT_TRUE(told.refusal) << bytes.substr(0, 100);
    EXPECT_EQ(told.refusal->failure, failure) << bytes.substr(0, 100) << told.refusal->message;
  };
  expect("", Failure::kBroken);
  expect("hello", Failure::kBroken);
  expect("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Failure::kBroken);
  expect("HTTP/1.1 200 OK\r\nContent-Le", Failure::kBroken);
  expect("HTTP/1.1 xyz\r\n\r\n", Failure::kBroken);
  expect("HTTP/1.1 200 OK\r\na b: c\r\n\r\n", Failure::kBroken);
  expect(std::string("HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n", 28), Failure::kBroken);
  expect("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Failure::kBroken);
  expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Failure::kBroken);
  expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Failure::kBroken);
  expect("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Failure::kBroken);
  expect("SSH-2.0-OpenSSH_9.2\r\n", Failure::kBroken);
  expect("HTTP/1.1 200 OK\r\nx: " + std::string(70000, 'x') + "\r\n\r\n", Failure::kTooLarge);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1500; ++i) many += "x: y\r\n";
  expect(many + "\r\n", Failure::kTooLarge);
  expect("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", Failure::kTooLarge);
  expect("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'), Failure::kTooLarge);
  answer = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n";
  const Told early = fetch(get(url));
  ASSERT_TRUE(early.head);
  EXPECT_EQ(early.head->status, 204);
  EXPECT_EQ(early.head->fields, (fetch::Fields{{"a", "b"}}));
  answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nTrailer: x\r\n\r\n";
  EXPECT_EQ(fetch(get(url)).body, "hi");
}

TEST_F(TransferTest, EachLimitOfTimeEndsIt) {
  Server server(context_, [](const std::string&) {
    return Server::Reply{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"};
  });
  Server silent(context_, [](const std::string&) { return Server::Reply{""}; });
  make({server.literal(), silent.literal(), "hangs.example"},
       {.connect_time = seconds(3), .first_byte_time = seconds(5), .time = seconds(20)});
  auto id = start(get("https://hangs.example/"));
  clock_.advance(seconds(3));
  expect_refused(finish(id), Failure::kTimeout, "no address within 3s: connect_timeout");
  for (const auto& handler : names_.hanging)
    handler(Addresses{{*fetch::IpAddress::parse("1.1.1.1")}, {}});  // too late
  id = start(get("http://" + silent.literal()));
  ASSERT_TRUE(run_until([&] { return silent.requests().size() == 1; }));
  clock_.advance(seconds(4));
  server_->poll();
  EXPECT_FALSE(told_[std::pair(1U, id)].is_over());
  clock_.advance(seconds(1));
  expect_refused(finish(id), Failure::kTimeout, "first_byte_timeout");
  id = start(get("http://" + server.literal()));
  ASSERT_TRUE(run_until([&] { return told_[std::pair(1U, id)].body == "ab"; }));
  clock_.advance(seconds(19));
  server_->poll();
  EXPECT_FALSE(told_[std::pair(1U, id)].is_over());
  clock_.advance(seconds(1));
  expect_refused(finish(id), Failure::kTimeout, "timeout in");
}

/// A peer that takes no connection: its queue is full, and nobody accepts.
TEST_F(TransferTest, AConnectionThatDoesNotComeIsGivenUp) {
  tcp::acceptor full(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  full.listen(1);
  std::vector<tcp::socket> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(context_, tcp::v4());
    fillers.back().native_non_blocking(true);
    const auto to = full.local_endpoint();
    connect(fillers.back().native_handle(), to.data(),
            static_cast<socklen_t>(to.size()));  // Asio's would wait
  }
  const std::string literal = "127.0.0.1:" + std::to_string(full.local_endpoint().port());
  make({literal}, {.connect_time = seconds(3)});
  const auto id = start(get("http://" + literal));
  context_.run_for(std::chrono::milliseconds(50));
  clock_.advance(seconds(3));
  expect_refused(finish(id), Failure::kTimeout, "no connection within 3s: connect_timeout");
  full.close();
  make({literal});
  expect_refused(fetch(get("http://" + literal)), Failure::kUnreachable, literal);
}

TEST_F(TransferTest, TheNextAddressIsTriedWhenOneDoesNotAnswer) {
  Server server(context_, [](const std::string&) { return ok("x"); });
  const std::string port = std::to_string(server.port());
  names_.known["two.example"] = {{"127.0.0.77", "127.0.0.1"}};  // nobody listens at the first
  make({"two.example", server.literal(), "127.0.0.77:" + port});
  EXPECT_EQ(fetch(get("http://two.example:" + port)).body, "x");
  expect_refused(fetch(get("http://none.example:" + port)), Failure::kNotAllowed, "allowed_hosts");
  make({"none.example"});
  expect_refused(fetch(get("http://none.example:" + port)), Failure::kUnreachable, "no such name");
}

TEST_F(TransferTest, OwnListenersAreRefused) {
  Server server(context_, [](const std::string&) { return ok("x"); });
  const auto any = *fetch::IpAddress::parse("0.0.0.0");
  for (const char* listens : {"127.0.0.1", "0.0.0.0", "::"}) {
    make({server.literal()}, {}, OwnListeners({{*fetch::IpAddress::parse(listens), server.port()}}));
    expect_refused(fetch(get("http://" + server.literal())), Failure::kNotAllowed, "listens there itself");
  }
  const std::string zero = "0.0.0.0:" + std::to_string(server.port());
  make({zero}, {}, OwnListeners({{*fetch::IpAddress::parse("127.0.0.1"), server.port()}}));
  expect_refused(fetch(get("http://" + zero)), Failure::kNotAllowed, "");
  EXPECT_EQ(server.requests().size(), 0U);
  make({server.literal()}, {}, OwnListeners({{any, 1}}));
  EXPECT_EQ(fetch(get("http://" + server.literal())).body, "x");
}

/// A POST over a connection that the server closes just then: it may have been done.
TEST_F(TransferTest, WhatCannotBeRepeatedIsNotSentTwice) {
  int count = 0;
  Server server(context_, [&](const std::string&) {
    return ++count % 2 == 1 ? ok("x") : Server::Reply{"", Server::Then::kClose};
  });
  make({server.literal()});
  const std::string url = "http://" + server.literal() + "/";
  EXPECT_TRUE(fetch(get(url)).has_ended);
  expect_refused(fetch_with_body(with("POST", url), "a"), Failure::kBroken, "not sent twice");
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_TRUE(fetch(get(url)).has_ended);
  EXPECT_TRUE(fetch(get(url)).has_ended) << "the fourth is closed, and asked again";
  EXPECT_EQ(server.requests().size(), 5U);
}

}  // namespace
}  // namespace wws::egress::test

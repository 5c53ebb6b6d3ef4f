// What may be reached and what may not: every way around the allow-list that is known.
#include "egress/test_driver.h"

namespace wws::egress::test {
namespace {

using fetch::Failure;

/// Spellings of this machine and its networks. PORT is where a server listens that must not be asked.
const std::vector<std::string> kSpellings = {
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://0x7F.0x0.0x0.0x1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0177.0.0.01:PORT/",
    "http://017700000001:PORT/",
    "http://00000177.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.0.0.1..:PORT/",
    "http://127.1.:PORT/",
    "http://2130706433.:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://127%2e0%2e0%2e1:PORT/",
    "http://127.0.0.%31:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://１２７.０.０.１:PORT/",
    "http://127。0。0。1:PORT/",
    "http://127.0.0.2:PORT/",
    "http://127.255.255.254:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0x0:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[2001:0:7f00:1::]:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[fc00::1]:PORT/",
    "http://[fd00:ec2::254]:PORT/",
    "http://[ff02::1]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://a.localhost:PORT/",
    "http://localhost.localdomain:PORT/",
    "http://10.0.0.1:PORT/",
    "http://10.1:PORT/",
    "http://172.16.0.1:PORT/",
    "http://172.31.255.255:PORT/",
    "http://192.168.1.1:PORT/",
    "http://3232235777:PORT/",
    "http://169.254.169.254:PORT/",
    "http://0xa9fea9fe:PORT/",
    "http://2852039166:PORT/",
    "http://0251.0376.0251.0376:PORT/",
    "http://100.64.0.1:PORT/",
    "http://168.63.129.16:PORT/",
    "http://198.18.0.1:PORT/",
    "http://224.0.0.1:PORT/",
    "http://255.255.255.255:PORT/",
    "http:///127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "http:/\\127.0.0.1:PORT/",
    "http://\\127.0.0.1:PORT/",
    "http://good.example@127.0.0.1:PORT/",
    "http://good.example:80@127.0.0.1:PORT/",
    "http://good.example%40127.0.0.1:PORT/",
    "http://good.example%00@127.0.0.1:PORT/",
    "http://good.example#@127.0.0.1:PORT/",
    "http://good.example?@127.0.0.1:PORT/",
    "http://good.example\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@good.example:PORT/",
    "http://127.0.0.1 .good.example:PORT/",
    "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1\r\n.good.example:PORT/",
    "http://good.example:PORT:80/",
    "http://good.example:+PORT/",
    "http://127.0.0.1:0PORT/",
    "http://[127.0.0.1]:PORT/",
    "http://[::1]good.example:PORT/",
    "HTTP://127.0.0.1:PORT/",
    " http://127.0.0.1:PORT/",
};

class ReachTest : public Driver {
 protected:
  static std::string with_port(std::string text, const Server& server) {
    for (std::size_t at = text.find("PORT"); at != std::string::npos; at = text.find("PORT"))
      text.replace(at, 4, std::to_string(server.port()));
    return text;
  }
};

/// Whoever owns an allowed name, and every resolver, says that whatever is asked for is here.
TEST_F(ReachTest, NoSpellingOfThisMachineIsReached) {
  ASSERT_GE(kSpellings.size(), 60U);
  Server server(context_, [](const std::string&) { return ok("secret"); });
  names_.any = {"127.0.0.1"};
  for (const std::string& spelling : kSpellings) {
    const std::string url = with_port(spelling, server);
    std::vector<std::string> hosts = {"good.example", "*.good.example",        "a.localhost",
                                      "localhost",    "localhost.localdomain", "8.8.8.8"};
    const auto parsed = Url::parse(url);
    // Allowed by its name, so that it is the address that is judged.
    if (parsed && !parsed->address() && fetch::HostRule::parse(parsed->origin().host))
      hosts.push_back(parsed->origin().host);
    make(hosts);
    const Told told = fetch(get(url));
    ASSERT_TRUE(told.refusal) << url << " got through";
    EXPECT_TRUE(told.refusal->failure == Failure::kInvalid || told.refusal->failure == Failure::kNotAllowed)
        << url << ": " << told.refusal->message;
  }
  EXPECT_EQ(server.connections(), 0U);
}

/// As above, and the answer of a server that may be asked leads there.
TEST_F(ReachTest, NoRedirectLeadsThereEither) {
  Server secret(context_, [](const std::string&) { return ok("secret"); });
  std::string location;
  Server server(context_, [&](const std::string&) { return redirect(302, location); });
  names_.any = {"127.0.0.1"};
  names_.known["good.example"] = {{"127.0.0.1"}};
  for (const std::string& spelling : kSpellings) {
    location = with_port(spelling, secret);
    make({server.literal(), "good.example", "localhost", "a.localhost"});
    const Told told = fetch(get("http://" + server.literal() + "/"));
    // Some spellings are a path of the server itself, which leads there again.
    ASSERT_TRUE(told.refusal) << location << " got through";
    EXPECT_NE(told.refusal->failure, Failure::kBroken) << location << told.refusal->message;
  }
  EXPECT_EQ(secret.connections(), 0U);
}

TEST_F(ReachTest, EveryAddressOfANameIsJudged) {
  Server server(context_, [](const std::string&) { return ok("secret"); });
  const std::string port = std::to_string(server.port());
  for (const char* address :
       {"127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "::1", "fe80::1", "fd00::1",
        "::", "0.0.0.0", "100.64.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1"}) {
    names_.known["evil.example"] = {{address}};
    make({"evil.example"});
    expect_refused(fetch(get("http://evil.example:" + port)), Failure::kNotAllowed, "no public address");
  }
  // Mixed answers: only what may be reached is tried. Nobody listens at that port of 127.0.0.9.
  names_.known["mixed.example"] = {{"127.0.0.1", "127.0.0.9", "::1"}};
  make({"mixed.example", "127.0.0.9:" + port});
  expect_refused(fetch(get("http://mixed.example:" + port)), Failure::kUnreachable, "mixed.example");
  EXPECT_EQ(server.connections(), 0U);
}

/// The name has another address at each look: the one that was judged is the one that is connected to.
TEST_F(ReachTest, ANameThatRebindsIsJudgedEachTime) {
  Server server(context_, [](const std::string&) { return ok("good"); });
  const std::string port = std::to_string(server.port());
  names_.known["rebind.example"] = {{"127.0.0.1"}, {"127.0.0.3"}, {"127.0.0.1"}};
  make({"rebind.example", server.literal()});
  EXPECT_EQ(fetch(get("http://rebind.example:" + port)).body, "good");
  expect_refused(fetch(get("http://rebind.example:" + port)), Failure::kNotAllowed, "127.0.0.3");
  EXPECT_EQ(fetch(get("http://rebind.example:" + port)).body, "good");
  EXPECT_EQ(server.connections(), 1U) << "the connection to the address that is allowed was kept";
  EXPECT_EQ(names_.asked, 3U);
}

/// Two names, one address each: a connection of the pool serves none but its own.
TEST_F(ReachTest, AConnectionIsUsedAgainForItsAddressAlone) {
  Server first(context_, [](const std::string&) { return ok("first"); });
  const std::string port = std::to_string(first.port());
  tcp::acceptor other(context_, tcp::endpoint(boost::asio::ip::make_address("127.0.0.2"), first.port()));
  names_.known["moves.example"] = {{"127.0.0.1"}, {"127.0.0.2"}};
  make({"moves.example", first.literal(), "127.0.0.2:" + port});
  EXPECT_EQ(fetch(get("http://moves.example:" + port)).body, "first");
  start(get("http://moves.example:" + port));
  bool is_accepted = false;
  other.async_accept([&](auto error, tcp::socket) { is_accepted = !error; });
  EXPECT_TRUE(run_until([&] { return is_accepted; })) << "the new address got a connection of its own";
  EXPECT_EQ(first.requests().size(), 1U);
}

TEST_F(ReachTest, ConnectionsAreSharedByAllServingProcesses) {
  Server server(context_, [](const std::string&) { return ok("x"); });
  make({server.literal()});
  for (const EgressServer::ClientId client : {1U, 2U, 1U, 2U})
    EXPECT_TRUE(finish(start(get("http://" + server.literal()), client), client).has_ended);
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(connections_->opened(), 1U);
}

class RedirectTest : public Driver {
 protected:
  /// /STATUS/TARGET leads to TARGET, and all else answers with what was asked.
  static Server::Reply answer(const std::string& request) {
    const std::size_t path = request.find(" /") + 2;
    const std::string target = request.substr(path, request.find(' ', path) - path);
    if (target.size() > 4 && target[3] == '/')
      return redirect(std::stoi(target.substr(0, 3)), target.substr(4));
    return ok(request);
  }
  std::string asked(const Told& told) {
    EXPECT_TRUE(told.has_ended) << (told.refusal ? told.refusal->message : "");
    return told.body;
  }
};

TEST_F(RedirectTest, MethodsAndBodiesChangeAsTheFetchStandardSays) {
  Server server(context_, answer);
  make({server.literal()});
  const std::string base = "http://" + server.literal();
  for (const int status : {301, 302, 303, 307, 308}) {
    const std::string url = base + "/" + std::to_string(status) + "//to";
    const Told got = fetch(get(url));
    EXPECT_TRUE(asked(got).starts_with("GET /to ")) << status;
    EXPECT_EQ(got.head->url, base + "/to");
    const std::string posted = asked(fetch_with_body(with("POST", url), "body"));
    const std::string put = asked(fetch_with_body(with("PUT", url), "body"));
    if (status < 307) {
      EXPECT_TRUE(posted.starts_with("GET /to ")) << posted;
      EXPECT_TRUE(posted.ends_with("\r\n\r\n")) << posted;
    } else {
      EXPECT_TRUE(posted.starts_with("POST /to ")) << posted;
      EXPECT_TRUE(posted.ends_with("body")) << posted;
    }
    EXPECT_TRUE(put.starts_with(status == 303 ? "GET /to " : "PUT /to ")) << put;
  }
  for (const int status : {300, 304, 305, 306}) {
    const Told told = fetch(get(base + "/" + std::to_string(status) + "//to"));
    ASSERT_TRUE(told.head);
    EXPECT_EQ(told.head->status, status);
  }
}

TEST_F(RedirectTest, CredentialsStayWithTheOriginThatTheyAreFor) {
  Server server(context_, answer);
  Server other(context_, answer);
  make({server.literal(), other.literal()});
  auto request = get("http://" + server.literal() + "/307/http://" + other.literal() + "/to");
  request.fields = {{"Authorization", "secret"}, {"cookie", "secret"}, {"X-A", "kept"}};
  const std::string elsewhere = asked(fetch(request));
  EXPECT_EQ(elsewhere.find("secret"), std::string::npos) << elsewhere;
  EXPECT_NE(elsewhere.find("X-A: kept"), std::string::npos);
  request.url = "http://" + server.literal() + "/307//to";
  EXPECT_NE(asked(fetch(request)).find("Authorization: secret"), std::string::npos);
}

TEST_F(RedirectTest, WhatIsNotAllowedIsNotFollowed) {
  Server server(context_, answer);
  make({server.literal(), "allowed.example"}, {.connect_time = seconds(3)});
  const std::string base = "http://" + server.literal() + "/302/";
  const auto refusal = [&](const std::string& to) { return *fetch(get(base + to)).refusal; };
  for (const char* to :
       {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:1/", "http://other.example/",
        "https://127.0.0.1:1/", "http://127.0.0.1:1/", "javascript:alert(1)", "data:text/html,x"}) {
    const auto refused = refusal(to);
    EXPECT_TRUE(refused.failure == Failure::kNotAllowed || refused.failure == Failure::kRedirect)
        << to << refused.message;
  }
  EXPECT_EQ(refusal("http://user:pass@" + server.literal() + "/").failure, Failure::kRedirect);
  EXPECT_EQ(refusal("http://allowed.example/").failure, Failure::kUnreachable) << "it was looked up";
  EXPECT_EQ(names_.asked, 1U);
}

TEST_F(RedirectTest, TheyEndSomewhere) {
  Server server(context_, [](const std::string& request) {
    const int left = std::stoi(request.substr(request.find('/') + 1));
    return left == 0 ? ok("there") : redirect(302, std::to_string(left - 1));
  });
  Server circle(context_, [](const std::string&) { return redirect(302, "/"); });
  make({server.literal(), circle.literal()});
  EXPECT_EQ(fetch(get("http://" + server.literal() + "/20")).body, "there");
  expect_refused(fetch(get("http://" + server.literal() + "/21")), Failure::kRedirect, "20");
  expect_refused(fetch(get("http://" + circle.literal())), Failure::kRedirect, "20");
  EXPECT_EQ(server.connections() + circle.connections(), 2U) << "connections are used again";
}

TEST_F(RedirectTest, TheWorkerMayWantThemItself) {
  Server server(context_, [](const std::string& request) {
    if (request.find(" /none ") != std::string::npos)
      return Server::Reply{"HTTP/1.1 302 X\r\nContent-Length: 2\r\n\r\nhi"};
    return redirect(302, "/x");
  });
  make({server.literal()});
  auto request = get("http://" + server.literal() + "/");
  request.redirect = fetch::RedirectMode::kManual;
  const Told told = fetch(request);
  EXPECT_EQ(told.head->status, 302);
  EXPECT_EQ(told.body, "gone");
  request.redirect = fetch::RedirectMode::kError;
  expect_refused(fetch(request), Failure::kRedirect, "takes for an error");
  request = get("http://" + server.literal() + "/none");
  EXPECT_EQ(fetch(request).body, "hi") << "without a Location it is an answer";
}

}  // namespace
}  // namespace wws::egress::test

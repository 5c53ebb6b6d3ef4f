#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "admin/admin_server.h"
#include "admin/query.h"
#include "admin/token.h"

namespace wws::admin {
namespace {

using namespace std::chrono_literals;
namespace asio = server::asio;

constexpr const char* kToken = "0123456789abcdef";

TEST(Token, IsComparedAsAWhole) {
  EXPECT_TRUE(has_token("Bearer 0123456789abcdef", kToken));
  EXPECT_TRUE(has_token("bearer  0123456789abcdef ", kToken));
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
                            "Bearer 0123456789abcdeF", "Basic 0123456789abcdef", "0123456789abcdef"})
    EXPECT_FALSE(has_token(wrong, kToken)) << wrong;
  EXPECT_FALSE(has_token("Bearer ", ""));
}

/// Answers when the test says so.
class Oracle final : public Authority {
 public:
  bool ask(std::string_view question, Taker taker) override {
    asked.emplace_back(question);
    if (!is_there) return false;
    takers.push_back(std::move(taker));
    return true;
  }
  void answer(int status, const std::string& body) {
    const auto taker = std::move(takers.front());
    takers.erase(takers.begin());
    taker({status, body});
  }
  bool is_there = true;
  std::vector<std::string> asked;
  std::vector<Taker> takers;
};

/// A store that notes what it is asked and says what the test wants.
class Shelf final : public Keys {
 public:
  bool ask(KeysRequest request, Taker taker) override {
    asked.push_back(std::move(request));
    if (!is_there) return false;
    taker(reply);
    return true;
  }
  bool is_there = true;
  std::vector<KeysRequest> asked;
  KeysReply reply;
};

/// The other end of a connection.
class Client {
 public:
  Client() = default;
  explicit Client(int fd) : fd_(fd) {}
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Client() {
    if (fd_ >= 0) close(fd_);
  }
  void send(std::string_view bytes) const {
    ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// What is there, and "closed" at the end.
  std::string receive() const {
    std::string text;
    char buffer[65536];
    ssize_t count = 0;
    while ((count = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
      text.append(buffer, static_cast<std::size_t>(count));
    return count < 0 && errno == EAGAIN ? text : text + "closed";
  }

 private:
  int fd_ = -1;
};

class AdminTest : public ::testing::Test {
 protected:
  AdminTest()
      : server_(std::make_unique<AdminServer>(context_, clock_, Offer{kToken, Pages::kPanel}, sources_)) {}

  Client connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    server::Socket socket(context_);
    socket.assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    server_->add_connection(std::move(socket));
    return Client(ends[0]);
  }
  void run() {
    context_.restart();
    context_.poll();
  }
  void pass(base::Duration time) {
    clock_.advance(time);
    server_->sweep();
    run();
  }
  static std::string request(std::string_view line, std::string_view more = "") {
    return std::string(line) + " HTTP/1.1\r\nhost: t\r\nauthorization: Bearer " + kToken + "\r\n" +
           std::string(more) + "\r\n";
  }
  /// Sends a request, has the question answered if there is one, and returns the answer.
  std::string get(const std::string& bytes, int status = 200, const std::string& body = "{}") {
    const Client client = connect();
    client.send(bytes);
    run();
    if (!oracle_.takers.empty()) oracle_.answer(status, body);
    run();
    return client.receive();
  }
  /// Of an answer that was whole: the connection is closed behind it.
  static std::string body_of(const std::string& answer) {
    constexpr std::string_view kEnd = "closed";
    EXPECT_TRUE(answer.ends_with(kEnd)) << answer;
    const std::size_t begin = answer.find("\r\n\r\n") + 4;
    return answer.substr(begin, answer.size() - begin - kEnd.size());
  }

  asio::io_context context_{1};
  base::ManualClock clock_;
  Figures figures_;
  Recent recent_{clock_};
  Oracle oracle_;
  Shelf shelf_;
  AdminServer::Sources sources_{figures_, recent_, shelf_, oracle_};
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminTest, GivesTheAnswerOfTheSupervisor) {
  const std::string answer = get(request("GET /api/v1/status"), 200, R"({"a":1})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")) << answer;
  EXPECT_NE(answer.find("connection: close\r\n"), std::string::npos);
  EXPECT_EQ(body_of(answer), R"({"a":1})");
  EXPECT_EQ(oracle_.asked, std::vector<std::string>{"status"});
}

TEST_F(AdminTest, AsksForTheTokenAndForNoneWhereItIsOpen) {
  for (const char* path : {"/metrics", "/api/v1/status", "/api/v1/openapi.json", "/nothing", "/api/v1/stats",
                           "/api/v1/log", "/api/v1/errors", "/api/v1/kv", "/api/v1/kv/s/k"}) {
    const std::string answer = get("GET " + std::string(path) + " HTTP/1.1\r\nhost: t\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer;
    EXPECT_NE(answer.find("www-authenticate: Bearer\r\n"), std::string::npos);
  }
  EXPECT_TRUE(get("POST /api/v1/reload HTTP/1.1\r\nhost: t\r\ncontent-length: 0\r\n\r\n")
                  .starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(oracle_.asked.empty());
  EXPECT_TRUE(get("GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(get("GET /readyz HTTP/1.1\r\nhost: t\r\n\r\n", 503).starts_with("HTTP/1.1 503 "));
}

TEST_F(AdminTest, GivesThePagesOfThePanelToEverybody) {
  const std::string page = get("GET /_panel/ HTTP/1.1\r\nhost: t\r\n\r\n");
  EXPECT_TRUE(page.starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n")) << page;
  EXPECT_NE(page.find("content-security-policy: default-src 'none'; script-src 'self'"), std::string::npos);
  EXPECT_NE(page.find("<!doctype html>"), std::string::npos);
  EXPECT_NE(get("GET /_panel HTTP/1.1\r\nhost: t\r\n\r\n").find("location: /_panel/\r\n"), std::string::npos);
  EXPECT_TRUE(get("GET /_panel/nothing.js HTTP/1.1\r\nhost: t\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(
      get("POST /_panel/ HTTP/1.1\r\nhost: t\r\ncontent-length: 0\r\n\r\n").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(get("GET /_panels HTTP/1.1\r\nhost: t\r\n\r\n").starts_with("HTTP/1.1 401 "));
}

TEST_F(AdminTest, HasNoPanelUnlessItIsAskedFor) {
  server_ = std::make_unique<AdminServer>(context_, clock_, Offer{kToken}, sources_);
  EXPECT_TRUE(get(request("GET /_panel/")).starts_with("HTTP/1.1 404 "));
}

TEST_F(AdminTest, KnowsItsMethodsAndPaths) {
  EXPECT_TRUE(get(request("GET /nothing")).starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(get(request("GET /api/v1/statuses")).starts_with("HTTP/1.1 404 "));
  const std::string answer = get(request("PUT /api/v1/drain", "content-length: 0\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 "));
  EXPECT_NE(answer.find("allow: POST, DELETE\r\n"), std::string::npos) << answer;
  EXPECT_NE(get(request("POST /metrics", "content-length: 0\r\n")).find("allow: GET, HEAD\r\n"),
            std::string::npos);
  EXPECT_EQ(body_of(get(request("HEAD /api/v1/status"), 200, R"({"a":1})")), "");
}

TEST_F(AdminTest, FindsAWorkerByItsId) {
  (void)get(request("GET /_api/v0/workers"));
  (void)get(request("GET /_api/v0/workers/0a1b"));
  EXPECT_EQ(oracle_.asked, (std::vector<std::string>{"v0/workers", "v0/workers/0a1b"}));
}

TEST_F(AdminTest, PutsMetricsTogetherInTheFormatThatIsWanted) {
  auto block = metrics::Block::create();
  ASSERT_TRUE(block);
  block->recorder().add(metrics::Counter::kConnections, 3);
  figures_.add(std::move(*block));
  const std::string plain = get(request("GET /metrics"), 200, "rest\n");
  EXPECT_NE(plain.find("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos);
  EXPECT_NE(plain.find("\nwws_connections_accepted_total 3\n"), std::string::npos);
  EXPECT_TRUE(body_of(plain).ends_with("rest\n"));
  const std::string open =
      get(request("GET /metrics", "accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n"),
          200, "rest\n");
  EXPECT_NE(open.find("content-type: application/openmetrics-text; version=1.0.0"), std::string::npos);
  EXPECT_TRUE(body_of(open).ends_with("rest\n# EOF\n"));
  EXPECT_EQ(oracle_.asked, (std::vector<std::string>{"metrics", "openmetrics"}));
}

TEST_F(AdminTest, AsksOnceForAllWhoWait) {
  const Client one = connect();
  const Client other = connect();
  one.send(request("GET /api/v1/workers"));
  other.send(request("GET /api/v1/workers"));
  run();
  EXPECT_EQ(oracle_.asked.size(), 1U);
  oracle_.answer(200, "[]");
  run();
  EXPECT_EQ(body_of(one.receive()), "[]");
  EXPECT_EQ(body_of(other.receive()), "[]");
}

TEST_F(AdminTest, SaysThatTheSupervisorDoesNotAnswer) {
  const Client client = connect();
  client.send("GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n");
  run();
  EXPECT_EQ(client.receive(), "");
  pass(Connection::kAnswerTime);
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 503 "));
  oracle_.answer(200, "{}");  // too late, and for nobody
  oracle_.is_there = false;
  EXPECT_TRUE(get("GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").starts_with("HTTP/1.1 503 "));
}

TEST_F(AdminTest, GivesUpClientsThatDoNotSendOrRead) {
  const Client silent = connect();
  const Client half = connect();
  half.send("GET /healthz HTTP/1.1\r\nho");
  run();
  pass(Connection::kReadTime - 1s);
  EXPECT_EQ(silent.receive(), "");
  pass(1s);
  EXPECT_EQ(silent.receive(), "closed");
  EXPECT_EQ(half.receive(), "closed");

  const Client deaf = connect();
  deaf.send(request("GET /api/v1/workers"));
  run();
  oracle_.answer(200, std::string(16 << 20, ' '));
  run();
  EXPECT_FALSE(server_->is_idle());
  pass(Connection::kWriteTime);
  EXPECT_TRUE(server_->is_idle());
}

TEST_F(AdminTest, TakesANewConnectionForTheOldest) {
  std::vector<Client> clients;
  for (std::size_t i = 0; i <= AdminServer::kMostConnections; ++i) clients.push_back(connect());
  run();
  EXPECT_EQ(clients[0].receive(), "closed");
  EXPECT_EQ(clients[1].receive(), "");
  clients.back().send("GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n");
  run();
  EXPECT_EQ(oracle_.asked.size(), 1U);
}

TEST_F(AdminTest, RefusesWhatIsNoRequestOfItsKind) {
  EXPECT_TRUE(get("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(
      get(request("POST /api/v1/drain", "transfer-encoding: chunked\r\n")).starts_with("HTTP/1.1 411 "));
  EXPECT_TRUE(get(request("POST /api/v1/drain", "content-length: 1025\r\n")).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(get("GET / HTTP/1.1\r\nx: " + std::string(20'000, 'x')).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(oracle_.asked.empty());
  // A small body is taken, and not looked at.
  EXPECT_TRUE(
      get(request("POST /api/v1/drain", "content-length: 2\r\n") + "{}").starts_with("HTTP/1.1 200 "));
}

TEST_F(AdminTest, TellsStatsAsJson) {
  auto block = metrics::Block::create();
  ASSERT_TRUE(block);
  block->recorder().request(metrics::kFirstSlot, 503, 3ms);
  figures_.add(std::move(*block));
  figures_.set_routes({"/a"});
  const auto stats = boost::json::parse(body_of(get(request("GET /api/v1/stats"))));
  const auto& route = stats.at("routes").at(1);
  EXPECT_EQ(route.at("route"), "/a");
  EXPECT_EQ(route.at("requests").at("5xx"), 1);
  EXPECT_EQ(route.at("duration").at("buckets").at(6), 1);
  EXPECT_EQ(stats.at("bounds_seconds").as_array().size(), metrics::kBounds.size());
}

/// A process of the server that logs.
std::unique_ptr<base::LogRing> add_process(Recent& recent, pid_t pid) {
  auto ring = std::move(*base::LogRing::create());
  auto readable = std::move(*ring->open_for_reading());
  recent.add({"serving", 1, pid},
             std::move(*base::LogRing::open(std::move(readable), base::LogRing::Access::kRead)));
  return ring;
}

TEST_F(AdminTest, TellsTheLogOfAllProcesses) {
  const auto one = add_process(recent_, 11);
  const auto other = add_process(recent_, 12);
  one->put(base::LogRing::Kind::kLine, log::Level::kInfo, {{"message", "first\x1b[31m <b>"}});
  other->put(base::LogRing::Kind::kLine, log::Level::kError,
             {{"worker", "a.js"}, {"request_id", "7"}, {"message", "a.js [7] second"}});
  auto log = boost::json::parse(body_of(get(request("GET /api/v1/log"))));
  ASSERT_EQ(log.at("lines").as_array().size(), 2U);
  EXPECT_EQ(log.at("lines").at(0).at("message"), "first\\x1b[31m <b>");
  EXPECT_EQ(log.at("lines").at(0).at("pid"), 11);
  EXPECT_EQ(log.at("lines").at(1).at("message"), "second");
  EXPECT_EQ(log.at("lines").at(1).at("worker"), "a.js");
  EXPECT_EQ(log.at("lines").at(1).at("level"), "error");
  // From there on; a process that is gone has said its last.
  const std::string after = std::to_string(log.at("next").to_number<std::uint64_t>());
  other->put(base::LogRing::Kind::kLine, log::Level::kInfo, {{"message", "third"}});
  recent_.remove(12);
  log = boost::json::parse(body_of(get(request("GET /api/v1/log?after=" + after))));
  ASSERT_EQ(log.at("lines").as_array().size(), 1U);
  EXPECT_EQ(log.at("lines").at(0).at("message"), "third");
  log = boost::json::parse(body_of(get(request("GET /api/v1/log?level=error"))));
  EXPECT_EQ(log.at("lines").as_array().size(), 1U);
  log = boost::json::parse(body_of(get(request("GET /api/v1/log?limit=1"))));
  EXPECT_EQ(log.at("lines").at(0).at("message"), "third");
  log = boost::json::parse(body_of(get(request("GET /api/v1/log?after=1&limit=1"))));
  EXPECT_EQ(log.at("lines").at(0).at("message"), "first\\x1b[31m <b>");
  EXPECT_EQ(log.at("next"), log.at("lines").at(0).at("number"));
}

TEST_F(AdminTest, SaysWhereLinesAreMissing) {
  const auto ring = add_process(recent_, 11);
  ring->put(base::LogRing::Kind::kLine, log::Level::kInfo, {{"message", "first"}});
  (void)get(request("GET /api/v1/log"));
  for (std::uint64_t i = 0; i < base::LogRing::kLines + 3; ++i)
    ring->put(base::LogRing::Kind::kLine, log::Level::kInfo, {{"message", "more"}});
  const std::string log = body_of(get(request("GET /api/v1/log?limit=1000")));
  EXPECT_NE(log.find("3 lines of this process are not here"), std::string::npos);
}

TEST_F(AdminTest, TellsErrorsTheNewestFirst) {
  const auto ring = add_process(recent_, 11);
  for (int i = 0; i < 2; ++i)
    ring->put(base::LogRing::Kind::kReport, log::Level::kError,
              {{"status", "504"},
               {"cause", "time-limit"},
               {"path", "/" + std::to_string(i)},
               {"message", "slow"},
               {"stack", "at a\nat b"},
               {"unknown", "x"}});
  const auto errors = boost::json::parse(body_of(get(request("GET /api/v1/errors"))));
  ASSERT_EQ(errors.at("errors").as_array().size(), 2U);
  const auto& newest = errors.at("errors").at(0).as_object();
  EXPECT_EQ(newest.at("path"), "/1");
  EXPECT_EQ(newest.at("status"), 504);
  EXPECT_EQ(newest.at("stack"), "at a\nat b");
  EXPECT_FALSE(newest.contains("unknown"));
  EXPECT_LT(errors.at("errors").at(1).at("number").to_number<std::uint64_t>(),
            newest.at("number").to_number<std::uint64_t>());
  const std::string next = std::to_string(errors.at("next").to_number<std::uint64_t>());
  EXPECT_NE(get(request("GET /api/v1/errors?after=" + next)).find(R"("errors":[])"), std::string::npos);
}

TEST_F(AdminTest, RefusesQueriesThatItCannotRead) {
  for (const char* query :
       {"after=x", "after=-1", "after=99999999999999999999", "level=loud", "level=off", "limit=1001"})
    EXPECT_TRUE(get(request(std::string("GET /api/v1/log?") + query)).starts_with("HTTP/1.1 400 ")) << query;
}

TEST_F(AdminTest, ListsNamespacesAndKeys) {
  shelf_.reply.spaces = {{"a b", 12}};
  EXPECT_EQ(body_of(get(request("GET /api/v1/kv"))),
            R"({"namespaces":[{"name":"a b","path":"a%20b","bytes":12}]})");
  shelf_.reply = {.keys = {"k/1", std::string("\0\xff", 2)}, .next = "k%"};
  EXPECT_EQ(body_of(get(request("GET /api/v1/kv/a%20b?prefix=k%2f&cursor=%2500&limit=7"))),
            R"({"keys":[{"key":"k/1","path":"k%2F1"},{"key":"\\x00\\xff","path":"%00%FF"}],"next":"k%25"})");
  const KeysRequest& asked = shelf_.asked.back();
  EXPECT_EQ(asked.action, KeysRequest::Action::kList);
  EXPECT_EQ(asked.space, "a b");
  EXPECT_EQ(asked.key, "k/");
  EXPECT_EQ(asked.after, std::string_view("\0", 1));
  EXPECT_EQ(asked.limit, 7U);
}

TEST_F(AdminTest, GivesAndTakesValuesOfAnyBytes) {
  const std::string bytes("\0\xff\r\n\r\n<b>", 9);
  shelf_.reply = {.value = bytes, .version = 12, .expires = 1234};
  const std::string answer = get(request("GET /api/v1/kv/s/%00%ff/..%2f"));
  EXPECT_EQ(shelf_.asked.back().key, std::string_view("\0\xff/../", 6));
  EXPECT_EQ(body_of(answer), bytes);
  for (const char* field : {"content-type: application/octet-stream\r\n", "etag: \"12\"\r\n",
                            "wws-expires: 1234\r\n", "x-content-type-options: nosniff\r\n"})
    EXPECT_NE(answer.find(field), std::string::npos) << field;
  shelf_.reply = {.version = 13};
  EXPECT_EQ(
      body_of(
          get(request("PUT /api/v1/kv/s/k?ttl=1500ms", "content-length: 9\r\nif-match: \"12\"\r\n") + bytes)),
      R"({"version":13})");
  EXPECT_EQ(shelf_.asked.back().action, KeysRequest::Action::kPut);
  EXPECT_EQ(shelf_.asked.back().value, bytes);
  EXPECT_EQ(shelf_.asked.back().version, 12U);
  EXPECT_EQ(shelf_.asked.back().time_to_live, 1500ms);
  (void)get(request("DELETE /api/v1/kv/s/k"));
  EXPECT_EQ(shelf_.asked.back().action, KeysRequest::Action::kDelete);
  EXPECT_FALSE(shelf_.asked.back().version);
}

TEST_F(AdminTest, TakesLargeValuesInPartsAndOfThoseWhoMay) {
  const std::string value(1 << 20, 'x');
  const Client client = connect();
  client.send(request("PUT /api/v1/kv/s/k", "content-length: 1048576\r\n"));
  for (std::size_t at = 0; at < value.size(); at += 65536) {
    client.send(std::string_view(value).substr(at, 65536));
    run();
  }
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(shelf_.asked.back().value.size(), value.size());
  EXPECT_TRUE(get(request("PUT /api/v1/kv/s/k", "content-length: 1048577\r\n")).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(get(request("DELETE /api/v1/kv/s/k", "content-length: 1025\r\n")).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(get("PUT /api/v1/kv/s/k HTTP/1.1\r\nhost: t\r\ncontent-length: 1025\r\n\r\n")
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(shelf_.asked.size(), 1U);
}

TEST_F(AdminTest, RefusesWhatIsNoRequestForKeys) {
  for (const char* target :
       {"/api/v1/kv/%zz", "/api/v1/kv/s/%4", "/api/v1/kv/s?limit=1001", "/api/v1/kv/s?cursor=%25z"})
    EXPECT_TRUE(get(request(std::string("GET ") + target)).starts_with("HTTP/1.1 400 ")) << target;
  EXPECT_TRUE(get(request("PUT /api/v1/kv/s/k", "content-length: 0\r\nif-match: *\r\n"))
                  .starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(
      get(request("PUT /api/v1/kv/s/k?ttl=soon", "content-length: 0\r\n")).starts_with("HTTP/1.1 400 "));
  EXPECT_NE(
      get(request("POST /api/v1/kv/s/k", "content-length: 0\r\n")).find("allow: GET, HEAD, PUT, DELETE\r\n"),
      std::string::npos);
  EXPECT_TRUE(get(request("GET /api/v1/kvs")).starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(shelf_.asked.empty());
  shelf_.reply = {.status = 412, .error = "the store: \"conflict\""};
  EXPECT_EQ(body_of(get(request("DELETE /api/v1/kv/s/k"))), R"({"error":"the store: \"conflict\""})");
  shelf_.is_there = false;
  EXPECT_TRUE(get(request("GET /api/v1/kv")).starts_with("HTTP/1.1 503 "));
}

TEST(Query, FindsParameters) {
  EXPECT_EQ(parameter("a=1&b=x%20y+z&b=2", "b"), "x y z");
  EXPECT_EQ(parameter("a", "a"), "");
  EXPECT_EQ(parameter("ab=1", "a"), std::nullopt);
  EXPECT_EQ(decoded("%00%ff/%2F"), std::string_view("\0\xff//", 4));
  EXPECT_EQ(decoded("%4"), std::nullopt);
}

TEST(Document, DescribesTheEndpointsThatThereAreAndNoOthers) {
  const auto document =
      boost::json::parse(boost::json::string_view(openapi_document().data(), openapi_document().size()));
  std::set<std::string> described;
  for (const auto& [path, item] : document.at("paths").as_object()) {
    for (const auto& [method, _] : item.as_object())
      described.insert(std::string(method) + " " + std::string(path));
  }
  std::set<std::string> there = {"get /_api/v0/workers/{id}"};
  for (const Endpoint& endpoint : endpoints()) {
    std::string line(endpoint.method);
    for (char& c : line) c = static_cast<char>(std::tolower(c));
    there.insert(line + " " + std::string(endpoint.path));
    const auto& item = document.at("paths").at(std::string(endpoint.path)).at(line.c_str());
    EXPECT_EQ(item.as_object().contains("security"), endpoint.access == Access::kOpen)
        << line << endpoint.path;
  }
  EXPECT_EQ(described, there);
}

}  // namespace
}  // namespace wws::admin

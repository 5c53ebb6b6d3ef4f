// What clients can hold on to: whole servers in memory, with several clients and a clock that the test moves.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "abi/host_functions.h"
#include "base/log.h"
#include "server/server.h"

namespace wws::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

/// One client of a server in memory.
class Client {
 public:
  Client(server::Server& server, int socket) : server_(server), socket_(socket) {}
  Client(Client&& other) noexcept : server_(other.server_), socket_(std::exchange(other.socket_, -1)) {}
  ~Client() { leave(); }

  void leave() {
    if (socket_ >= 0) close(std::exchange(socket_, -1));
  }
  /// Sends what the server takes.
  void send(std::string_view bytes) {
    for (int idle = 0; !bytes.empty() && idle < 3;) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
      idle = count > 0 || run() ? 0 : idle + 1;
    }
    run();
  }
  void stop_sending() { shutdown(socket_, SHUT_WR); }
  /// Reads once, as much as there is.
  std::string read_some() {
    std::string text(1 << 20, '\0');
    const ssize_t count = recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) closed_ = true;
    return text;
  }
  /// All that comes while nothing but the server's work has to pass.
  std::string received() {
    std::string text;
    for (bool moved = true; moved;) {
      moved = run();
      for (std::string some = read_some(); !some.empty(); some = read_some()) {
        text += some;
        moved = true;
      }
    }
    return text;
  }
  /// The status of the next answer; 0: none comes.
  int status() {
    const std::string text = received();
    return text.starts_with("HTTP/1.1 ") ? std::stoi(text.substr(9, 3)) : 0;
  }
  [[nodiscard]] bool is_closed() {
    (void)received();
    return closed_;
  }

 private:
  bool run() {
    bool ran = false;
    for (int i = 0; i < 1000 && server_.run_ready(); ++i) ran = true;
    return ran;
  }
  server::Server& server_;
  int socket_;
  bool closed_ = false;
};

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
}

std::string post(const std::string& target, std::size_t length, const std::string& fields = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(length) + "\r\n" +
         fields + "\r\n";
}

class ClientsTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kInstances = 8;

  ClientsTest() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    base::log::set_level(base::log::Level::kOff);
    std::string name = (fs::temp_directory_path() / "wws-clients-XXXXXX").string();
    root_ = mkdtemp(name.data());
    fs::create_directory(root_ / "public");
    std::ofstream(root_ / "public/big.bin") << std::string(3'000'000, 'x');
    wasm::EngineSettings settings = *wasm::serving_settings(kInstances);
    settings.wake_fd = wake_.fd();
    engine_ = std::make_unique<wasm::Engine>(*wasm::Engine::create(settings, abi::host_functions()));
  }
  ~ClientsTest() override {
    server_.reset();
    fs::remove_all(root_);
  }

  /// `guests`: names of tests/guests, each at its own route; one that ends in "?" is still compiled.
  server::Site site(const std::vector<std::string>& guests) {
    std::vector<router::Route> routes;
    for (const std::string& guest : guests)
      routes.push_back(router::make_route(guest.substr(0, guest.find('?')) + ".wasm", ""));
    config::Diagnostics diagnostics;
    server::Site site{"",
                      config::UrlForm::kFull,
                      router::RouteTable::build(std::move(routes), diagnostics),
                      {},
                      std::move(*assets::PublicFolder::open({root_}, clock_))};
    for (const router::Route& route : site.routes.routes()) {
      const std::string guest = route.pattern.substr(1);
      const bool is_pending = std::ranges::count(guests, guest + "?") > 0;
      modules_[guest] = is_pending ? std::make_shared<runtime::LazyModule>()
                                   : std::make_shared<runtime::LazyModule>(code(guest));
      site.workers.push_back(runtime::make_worker(route.file, route.pattern, {}, modules_[guest]));
    }
    return site;
  }

  void serve(const std::vector<std::string>& guests) {
    server_ = std::make_unique<server::Server>(
        site(guests), server::ServerParts{*engine_, nullptr, clock_, random_, wake_.fd()}, limits_,
        server::ErrorDetail::kHidden);
  }

  base::File code(const std::string& guest) {
    std::ostringstream text;
    text << std::ifstream(fs::path(WWS_SOURCE_DIR) / "build/guests" / (guest + ".wasm"), std::ios::binary)
                .rdbuf();
    const auto code = engine_->compile(text.str());
    EXPECT_TRUE(code) << guest;
    base::File file(memfd_create("module", MFD_CLOEXEC));
    EXPECT_EQ(write(file.fd(), code->data(), code->size()), static_cast<ssize_t>(code->size()));
    return file;
  }

  Client connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    server::Socket socket(server_->context());
    socket.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    server_->add_connection(std::move(socket), "-");
    return {*server_, ends[0]};
  }
  /// What one new client is answered.
  int ask(const std::string& request) {
    Client client = connect();
    client.send(request);
    return client.status();
  }
  void pass(base::Duration time) {
    for (base::Duration left = time; left > base::Duration(0); left -= seconds(1)) {
      clock_.advance(std::min<base::Duration>(left, seconds(1)));
      server_->advance_timers();
    }
  }

  fs::path root_;
  base::ManualClock clock_;
  base::Random random_;
  base::File wake_;
  server::ServerLimits limits_;
  std::unique_ptr<wasm::Engine> engine_;
  std::map<std::string, std::shared_ptr<runtime::LazyModule>> modules_;
  std::unique_ptr<server::Server> server_;
};

// --- whole bodies ---

// What a body had sent fast earned it hours for its last byte.
TEST_F(ClientsTest, ABodyThatStopsIsGivenUpSoonHoweverMuchOfItCame) {
  serve({"hello"});
  Client client = connect();
  client.send(post("/hello", 1'000'000) + std::string(999'999, 'x'));
  pass(seconds(29));
  EXPECT_EQ(client.status(), 0);
  pass(seconds(2));
  EXPECT_EQ(client.status(), 408);
}

TEST_F(ClientsTest, ASlowButSteadyBodyIsTaken) {
  serve({"hello"});
  Client client = connect();
  client.send(post("/hello", 200 * 1100));
  for (int i = 0; i < 200; ++i) {
    client.send(std::string(1100, 'x'));
    pass(seconds(1));
  }
  EXPECT_EQ(client.status(), 200);
}

// 32 clients that had sent all but a byte held all memory for bodies.
TEST_F(ClientsTest, BodiesHaveToHurryWhileMemoryForThemIsShort) {
  limits_.all_bodies_bytes = 300'000;
  serve({"hello"});
  Client client = connect();
  client.send(post("/hello", 200'000) + std::string(199'000, 'x'));
  for (int i = 0; i < 7; ++i) {
    client.send("y");
    pass(seconds(1));
  }
  EXPECT_EQ(client.status(), 408);
}

// A body that came in one read with its head was not counted.
TEST_F(ClientsTest, ABodyThatComesWithItsHeadCounts) {
  limits_.all_bodies_bytes = 1000;
  serve({"hello"});
  EXPECT_EQ(ask(post("/hello", 2000) + std::string(2000, 'x')), 503);
  EXPECT_EQ(ask(post("/hello", 1000) + std::string(1000, 'x')), 200);
}

// A body within one read was not measured.
TEST_F(ClientsTest, TheLargestBodyIsTheSameForOneThatComesWithItsHead) {
  limits_.body_bytes = 1000;
  serve({"hello"});
  EXPECT_EQ(ask(post("/hello", 1001) + std::string(1001, 'x')), 413);
  EXPECT_EQ(ask(post("/hello", 1000) + std::string(1000, 'x')), 200);
}

// --- streams ---

// A head alone took an instance.
TEST_F(ClientsTest, AGuestBeginsWithTheFirstBytesOfItsBody) {
  serve({"echo_stream", "hello"});
  std::vector<Client> slow;
  for (std::uint32_t i = 0; i < 2 * kInstances; ++i) {
    slow.push_back(connect());
    slow.back().send(post("/echo_stream", 1000));
  }
  EXPECT_EQ(ask(get("/hello")), 200);
  EXPECT_EQ(ask(post("/echo_stream", 2) + "ab"), 200);
}

// Clients that sent a head and a byte took every instance: all other workers answered 503.
TEST_F(ClientsTest, AWorkerLeavesInstancesForTheOthers) {
  serve({"echo_stream", "hello"});
  std::vector<Client> slow;
  for (std::uint32_t i = 0; i < 2 * kInstances; ++i) {
    slow.push_back(connect());
    slow.back().send(post("/echo_stream", 1000) + "x");
  }
  EXPECT_EQ(ask(get("/hello")), 200);
  // Its own turn comes when one of them leaves.
  Client patient = connect();
  patient.send(post("/echo_stream", 2) + "ab");
  EXPECT_EQ(patient.status(), 0);
  slow.clear();
  EXPECT_EQ(patient.status(), 200);
}

// A client that sent slowly was answered with 504, and its worker was blamed.
TEST_F(ClientsTest, ASlowSenderOfAStreamGets408) {
  serve({"calls"});
  Client client = connect();
  client.send(post("/calls", 10, "X-Calls: read 5; wait 0; read 5\r\n") + "x");
  pass(seconds(31));
  EXPECT_EQ(client.status(), 408);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ClientsTest, AWorkerThatDoesNotReadIsNotItsClientsFault) {
  serve({"calls"});
  Client client = connect();
  std::string calls = "X-Calls: sleep 2000000000";
  for (int i = 0; i < 20; ++i) calls += "; sleep 2000000000";
  client.send(post("/calls", 1'000'000, calls + "\r\n") + std::string(200'000, 'x'));
  pass(seconds(31));
  EXPECT_EQ(client.status(), 504);
}

// While its module was compiled, the body of a streaming worker was held whole, and to the limit of such.
TEST_F(ClientsTest, ABodyStreamsAlsoToAWorkerThatIsStillCompiled) {
  limits_.body_bytes = 1000;
  server::Site compiling = site({"echo_stream?", "hello"});
  for (runtime::Worker& worker : compiling.workers) worker.takes_stream = worker.file == "echo_stream.wasm";
  serve({"hello"});
  server_->swap_site(std::move(compiling));
  Client client = connect();
  client.send(post("/echo_stream", 500'000) + std::string(100'000, 'x'));
  EXPECT_EQ(client.received(), "");
  modules_["echo_stream"]->provide(std::make_shared<runtime::SharedCode>(code("echo_stream")), {});
  server_->on_modules_changed();
  client.send(std::string(400'000, 'x'));
  const std::string answer = client.received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer.substr(0, 200);
  EXPECT_GT(answer.size(), 500'000U);
}

// --- answers ---

// 150 answers that nobody read held 1.3 GB.
TEST_F(ClientsTest, AnswersThatAreNotTakenHaveABudget) {
  limits_.all_answers_bytes = 8'000'000;
  serve({"large", "hello"});
  std::vector<Client> clients;
  std::size_t refused = 0;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(connect());
    clients.back().send(get("/large?size=1000000"));
    if (clients.back().read_some().starts_with("HTTP/1.1 503")) ++refused;
  }
  EXPECT_GE(refused, 20U);
  EXPECT_LT(refused, 30U);
  clients.clear();
  EXPECT_EQ(ask(get("/hello")), 200);
}

// --- connections ---

/// A listening socket of the server, and clients that come through it.
class ListeningTest : public ClientsTest {
 protected:
  void listen() {
    base::File listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ASSERT_EQ(bind(listener.fd(), reinterpret_cast<sockaddr*>(&address_), size), 0);
    ASSERT_EQ(::listen(listener.fd(), 64), 0);
    ASSERT_EQ(getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address_), &size), 0);
    server_->add_listener(std::move(listener));
  }
  Client come() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    return {*server_, fd};
  }
  sockaddr_in address_{};
};

// Connections that sent a small request each minute, one on every slot, shut all others out for good.
TEST_F(ListeningTest, TheOldestIdleConnectionMakesRoom) {
  limits_.connections = 2;
  limits_.connections_per_address = 10;
  serve({"hello"});
  listen();
  Client first = come();
  first.send(get("/hello"));
  EXPECT_EQ(first.status(), 200);
  Client second = come();
  second.send(get("/hello"));
  EXPECT_EQ(second.status(), 200);
  first.send(get("/hello"));  // now the second one idles for longer
  EXPECT_EQ(first.status(), 200);
  Client third = come();
  third.send(get("/hello"));
  EXPECT_EQ(third.status(), 200);
  EXPECT_TRUE(second.is_closed());
  EXPECT_FALSE(first.is_closed());
}

TEST_F(ListeningTest, WhereNoneIdlesNewOnesWaitUntilOneDoes) {
  limits_.connections = 1;
  limits_.connections_per_address = 10;
  serve({"hello"});
  listen();
  Client busy = come();
  busy.send(post("/hello", 10));
  Client next = come();
  next.send(get("/hello"));
  EXPECT_EQ(next.status(), 0);
  busy.send("0123456789");
  EXPECT_EQ(next.status(), 200);
}

TEST_F(ListeningTest, AnAddressHasSoManyConnections) {
  limits_.connections_per_address = 2;
  serve({"hello"});
  listen();
  Client first = come();
  Client second = come();
  EXPECT_FALSE(first.is_closed());
  EXPECT_FALSE(second.is_closed());
  EXPECT_TRUE(come().is_closed());
  first.leave();
  EXPECT_FALSE(second.is_closed());
  EXPECT_FALSE(come().is_closed());
}

// --- what waits ---

// Requests for a module that was still compiled made other workers answer 503.
TEST_F(ClientsTest, WhatWaitsForOneWorkerIsNotInTheWayOfAnother) {
  limits_.waiting = 3;
  serve({"say?", "hello"});
  std::vector<Client> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(connect());
    waiting.back().send(get("/say"));
  }
  EXPECT_EQ(waiting.back().status(), 503);
  EXPECT_EQ(ask(get("/hello")), 200);
  waiting.pop_back();
  modules_["say"]->provide(std::make_shared<runtime::SharedCode>(code("hello")), {});
  server_->on_modules_changed();
  for (Client& one : waiting) EXPECT_EQ(one.status(), 200);
}

// --- times ---

// A stray end of line and silence were answered with 408.
TEST_F(ClientsTest, EmptyLinesBeginNoRequest) {
  serve({"hello"});
  Client client = connect();
  client.send("\r\n");
  pass(seconds(15));
  EXPECT_EQ(client.received(), "");
  client.send(get("/hello"));
  EXPECT_EQ(client.status(), 200);
  client.send("\r\n\r\n");
  pass(seconds(74));
  EXPECT_FALSE(client.is_closed());
  pass(seconds(2));
  EXPECT_EQ(client.received(), "");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ClientsTest, AConnectionWithoutARequestIsClosedAfterItsTime) {
  serve({"hello"});
  Client silent = connect();
  pass(seconds(74));
  EXPECT_FALSE(silent.is_closed());
  pass(seconds(2));
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(ClientsTest, ARefusedHeadRequestHasNoBody) {
  limits_.body_bytes = 10;
  serve({"hello"});
  for (const char* request :
       {"HEAD / HTTP/1.1\r\n\r\n", "HEAD /hello HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\n"}) {
    Client client = connect();
    client.send(request);
    const std::string answer = client.received();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  }
}

// --- one answer, and no more ---

// 400 was sent after the complete answer.
TEST_F(ClientsTest, ABadChunkAfterTheAnswerIsCompleteAddsNothing) {
  serve({"calls"});
  Client client = connect();
  client.send(
      "POST /calls HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n"
      "X-Calls: write whole; finish; wait 0; read 10; wait 0\r\n\r\n1\r\nx\r\n");
  client.send("zz\r\n");
  const std::string answer = client.received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << answer;
  EXPECT_NE(answer.find("whole"), std::string::npos);
  EXPECT_TRUE(client.is_closed());
}

// The answer was lost: the connection was reset.
TEST_F(ClientsTest, ATrapAfterTheAnswerIsCompleteTakesNothingAway) {
  serve({"calls"});
  for (const char* calls : {"write whole; finish; trap", "write whole; finish; sleep 1000000; trap",
                            "write whole; sleep 100000000; write ly; finish; trap"}) {
    Client client = connect();
    client.send(get("/calls", std::string("X-Calls: ") + calls + "\r\n"));
    std::string answer = client.received();
    pass(seconds(1));
    answer += client.received();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
    EXPECT_NE(answer.find("whole"), std::string::npos) << answer;
    EXPECT_FALSE(client.is_closed());
    client.send(get("/calls", "X-Calls: write next\r\n"));
    EXPECT_EQ(client.status(), 200);
  }
}

// It hung until its time was up.
TEST_F(ClientsTest, AGuestMayReadItsBodyAfterItsAnswer) {
  serve({"calls"});
  Client client = connect();
  client.send(post("/calls", 6, "X-Calls: write whole; finish; read 3; wait 0; read 10\r\n") + "abc");
  EXPECT_EQ(client.status(), 200);
  client.send("def");
  client.send(get("/calls", "X-Calls: write next\r\n"));
  const std::string next = client.received();
  EXPECT_TRUE(next.starts_with("HTTP/1.1 200")) << next;
}

// --- sites ---

TEST_F(ClientsTest, ARequestKeepsTheSiteItBeganWith) {
  serve({"calls"});
  Client slow = connect();
  slow.send(post("/calls", 3, "X-Calls: read 1; wait 0; read 3; write old\r\n") + "a");
  Client half = connect();
  half.send(post("/calls", 3, "X-Calls: read 3; write old\r\n"));
  for (int i = 0; i < 10; ++i) server_->swap_site(site({i % 2 == 0 ? "say" : "hello"}));
  EXPECT_EQ(ask(get("/say")), 404);
  EXPECT_EQ(ask(get("/calls")), 404);
  slow.send("bc");
  EXPECT_EQ(slow.status(), 200);
  half.send("abc");
  EXPECT_EQ(half.status(), 200);
  slow.send(get("/hello"));
  EXPECT_EQ(slow.status(), 200);
}

}  // namespace
}  // namespace wws::tests

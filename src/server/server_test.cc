#include "server/server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "abi/host_functions.h"
#include "base/log.h"
#include "server/access_log.h"
#include "server/read_buffer.h"
#include "server/response_head.h"

namespace wws::server {
namespace {

namespace fs = std::filesystem;

TEST(ReadBuffer, KeepsBytesWhereTheyAreWhenMoved) {
  ReadBuffer buffer;
  buffer.append("hello");
  const char* place = buffer.bytes().data();
  const ReadBuffer moved = std::move(buffer);
  EXPECT_EQ(moved.bytes().data(), place);
  EXPECT_EQ(moved.bytes(), "hello");
}

TEST(ReadBuffer, GrowsAndForgetsItsUsedFront) {
  ReadBuffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 37), static_cast<char>('a' + i % 26));
    buffer.append(piece);
    expected += piece;
    if (i % 3 == 0) {
      const std::size_t used = std::min<std::size_t>(expected.size(), 20);
      buffer.consume(used);
      expected.erase(0, used);
    }
    ASSERT_EQ(buffer.bytes(), expected);
  }
}

TEST(ResponseHead, WritesLengthDateAndConnection) {
  http::Response response;
  response.fields = {{"content-type", "text/plain"}};
  std::string out;
  append_response_head(out, response, {.length = 5}, "today", Persistence::kDefault);
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\ndate: today\r\n\r\n");
  out.clear();
  response = {204, {{"date", "mine"}}, {}};
  append_response_head(out, response, {.length = 0}, "today", Persistence::kClose);
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\ndate: mine\r\nconnection: close\r\n\r\n");
}

/// A server over a socket pair, with a clock that the test moves.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    std::string name = (fs::temp_directory_path() / "wws-server-XXXXXX").string();
    root_ = mkdtemp(name.data());
    fs::create_directory(root_ / "public");
    std::ofstream(root_ / "public/big.bin") << std::string(3'000'000, 'x');
    std::ofstream(root_ / "public/a.txt") << "a";
    wasm::EngineSettings settings = *wasm::serving_settings(4);
    settings.wake_fd = wake_.fd();
    engine_ = std::make_unique<wasm::Engine>(*wasm::Engine::create(settings, abi::host_functions()));
    limits_.all_bodies_bytes = kAllBodies;
    Site site{"", config::UrlForm::kFull, {}, {}, *assets::PublicFolder::open({root_}, clock_)};
    server_ = std::make_unique<Server>(std::move(site),
                                       ServerParts{*engine_, nullptr, clock_, random_, wake_.fd(), &status_},
                                       limits_, ErrorDetail::kHidden);
    base::log::set_level(base::log::Level::kOff);
    connect();
  }
  ~ServerTest() override {
    close(client_);
    server_.reset();
    fs::remove_all(root_);
  }

  void connect() {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    client_ = ends[0];
    Socket socket(server_->context());
    socket.assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    server_->add_connection(std::move(socket), "-");
  }
  void send(std::string_view bytes) {
    ASSERT_EQ(::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void run() {
    while (server_->run_ready()) {
    }
  }
  /// What has arrived; "closed" is added at the end of the connection.
  std::string received() {
    run();
    std::string text;
    char buffer[65536];
    ssize_t count = 0;
    while ((count = recv(client_, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
      text.append(buffer, static_cast<std::size_t>(count));
      run();
    }
    return count == 0 ? text + "closed" : text;
  }
  void pass(base::Duration time) {
    clock_.advance(time);
    server_->sweep();
  }

  static constexpr std::size_t kAllBodies = 300'000;

  runtime::ProcessStatus status_ = std::move(*runtime::ProcessStatus::create());

  fs::path root_;
  base::ManualClock clock_;
  base::Random random_;
  base::File wake_;
  ServerLimits limits_;
  std::unique_ptr<wasm::Engine> engine_;
  std::unique_ptr<Server> server_;
  int client_ = -1;
};

using std::chrono::seconds;

TEST_F(ServerTest, ShowsTheSupervisorThatItHasWorkAndThatItsLoopTurns) {
  EXPECT_EQ(status_.work(), runtime::ProcessStatus::Work::kSome);
  send("GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(received().starts_with("HTTP/1.1 200"));
  asio::post(server_->context(), [this] { server_->stop(); });
  server_->run();
  EXPECT_GT(status_.turns(), 0U);
  pass(seconds(1));
  EXPECT_EQ(status_.work(), runtime::ProcessStatus::Work::kNone);
}

TEST_F(ServerTest, ClosesAnIdleConnection) {
  send("GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(received().starts_with("HTTP/1.1 200"));
  pass(seconds(74));
  EXPECT_EQ(received(), "");
  pass(seconds(2));
  EXPECT_EQ(received(), "closed");
}

TEST_F(ServerTest, EndsAHeadThatTakesTooLongHoweverItTrickles) {
  send("GET /a.txt HT");
  for (int i = 0; i < 9; ++i) {
    run();
    pass(seconds(1));
    send("T");
  }
  EXPECT_EQ(received(), "");
  pass(seconds(2));
  const std::string answer = received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408")) << answer;
  EXPECT_NE(answer.find("connection: close"), std::string::npos);
}

/// The buffer of a read that was pending when the time was up was given back, and then read into.
TEST_F(ServerTest, ThrowsAwayWhatComesAfterTheTimeIsUp) {
  send("GET /a.txt HT");
  run();
  pass(seconds(11));
  run();
  send(std::string(3000, 'x'));
  run();
  send(std::string(3000, 'x'));
  EXPECT_TRUE(received().starts_with("HTTP/1.1 408"));
  pass(seconds(3));
  EXPECT_EQ(received(), "closed");
}

TEST_F(ServerTest, EndsABodyThatTakesTooLong) {
  send("POST /a.txt HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nx");
  run();
  pass(seconds(29));
  EXPECT_EQ(received(), "");
  pass(seconds(2));
  EXPECT_TRUE(received().starts_with("HTTP/1.1 408"));
}

TEST_F(ServerTest, LetsASteadyBodyTakeItsTime) {
  send("POST /a.txt HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
  const std::string piece(2500, 'x');
  for (int i = 0; i < 40; ++i) {
    run();
    pass(seconds(1));
    send(piece);
  }
  EXPECT_TRUE(received().starts_with("HTTP/1.1 405"));
}

TEST_F(ServerTest, RefusesABodyBeyondWhatAllMayHoldTogether) {
  const std::string head = "POST /a.txt HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n";
  send(head + std::string(100'000, 'x'));
  EXPECT_EQ(received(), "");
  const int first = client_;
  connect();
  send(head);
  std::string answer;
  for (int i = 0; i < 10 && answer.empty(); ++i) {
    send(std::string(50'000, 'x'));
    answer = received();
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
  close(client_);
  client_ = first;
  send(std::string(100'000, 'x'));  // the other's share was given back
  EXPECT_EQ(received(), "");
}

TEST_F(ServerTest, EndsAClientThatDoesNotRead) {
  send("GET /big.bin HTTP/1.1\r\nHost: t\r\n\r\n");
  run();
  pass(seconds(31));
  const std::string got = received();
  EXPECT_TRUE(got.ends_with("closed"));
  EXPECT_LT(got.size(), 3'000'000U);
}

TEST_F(ServerTest, SendsALargeFileWhole) {
  send("GET /big.bin HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  const std::string got = received();
  EXPECT_EQ(got.size() - got.find("\r\n\r\n") - 4 - 6, 3'000'000U);
}

TEST_F(ServerTest, AnswersHundredsOfPipelinedRequests) {
  std::string requests;
  for (int i = 0; i < 300; ++i) requests += "GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n";
  send(requests);
  const std::string got = received();
  std::size_t count = 0;
  for (std::size_t at = got.find("HTTP/1.1 200"); at != std::string::npos;
       at = got.find("HTTP/1.1 200", at + 1))
    ++count;
  EXPECT_EQ(count, 300U);
}

TEST_F(ServerTest, ClosesIdleConnectionsAtAStop) {
  send("GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(received().starts_with("HTTP/1.1 200"));
  server_->stop();
  EXPECT_EQ(received(), "closed");
  server_->run();  // returns at once
}

// A request that had arrived and was not read when the server was told to stop got no answer.
TEST_F(ServerTest, AnswersAtAStopWhatHasArrived) {
  run();
  send("GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n");
  server_->stop();
  const std::string answer = received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_NE(answer.find("connection: close"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("aclosed")) << answer;
}

// A client that had connected, and whose request came a moment after the stop, got no answer.
TEST_F(ServerTest, GivesANewConnectionAMomentAtAStop) {
  run();
  server_->stop();
  pass(std::chrono::milliseconds(900));
  EXPECT_EQ(received(), "");
  send("GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n");
  const std::string answer = received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_TRUE(answer.ends_with("aclosed")) << answer;
}

TEST_F(ServerTest, ClosesANewConnectionThatStaysSilentAtAStop) {
  run();
  server_->stop();
  EXPECT_EQ(received(), "");
  pass(seconds(1));
  EXPECT_EQ(received(), "closed");
  server_->run();  // returns at once
}

// Their clients take them for connected: a reset would say that the request may have been carried out.
TEST_F(ServerTest, ServesAtAStopConnectionsNotYetAccepted) {
  base::File listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.fd(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener.fd(), 8), 0);
  ASSERT_EQ(getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(client_);
  client_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(client_, reinterpret_cast<sockaddr*>(&address), size), 0);
  send("GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n");
  server_->add_listener(std::move(listener));
  server_->stop();
  const std::string answer = received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_TRUE(answer.ends_with("aclosed")) << answer;
}

TEST_F(ServerTest, TakesAnEndWithinARequestAsALeavingClient) {
  send("GET /a.txt HTTP/1.1\r\nHo");
  shutdown(client_, SHUT_WR);
  EXPECT_EQ(received(), "closed");
}

TEST_F(ServerTest, AnswersAClientThatClosedItsSendingSide) {
  send("GET /a.txt HTTP/1.1\r\nHost: t\r\n\r\n");
  shutdown(client_, SHUT_WR);
  const std::string got = received();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200")) << got;
  EXPECT_TRUE(got.ends_with("closed"));
}

}  // namespace
}  // namespace wws::server

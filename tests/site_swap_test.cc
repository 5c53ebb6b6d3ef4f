// One site in place of another, in a real serving process under load. The test is its supervisor.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "abi/host_functions.h"
#include "base/log.h"
#include "runtime/role.h"
#include "supervisor/async_channel.h"
#include "supervisor/listening_socket.h"
#include "supervisor/modules_message.h"
#include "supervisor/serving_child.h"
#include "supervisor/serving_process.h"
#include "supervisor/site_message.h"

namespace wws::tests {
namespace {

namespace fs = std::filesystem;
using supervisor::AsyncChannel;
using supervisor::MessageType;
using supervisor::SiteMessage;

/// The body of the answer that begins at `text`, and takes the answer off; empty: it is not whole yet.
std::string take_body(std::string& text) {
  const std::size_t end = text.find("\r\n\r\n");
  const std::size_t length = text.find("content-length: ");
  if (end == std::string::npos || length > end) return {};
  const std::size_t size = std::stoul(text.substr(length + 16));
  if (text.size() < end + 4 + size) return {};
  std::string body = text.starts_with("HTTP/1.1 200 ") ? text.substr(end + 4, size) : text.substr(0, 15);
  text.erase(0, end + 4 + size);
  return body;
}

/// A client with one connection that it keeps.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }

  void send(std::string_view path) const {
    const std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n\r\n";
    EXPECT_EQ(::send(socket_.fd(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
  }
  /// The body of the next answer, or its status line if that is not 200; empty: the connection ended.
  std::string receive() {
    while (true) {
      if (std::string body = take_body(text_); !body.empty()) return body;
      char buffer[65536];
      const ssize_t count = recv(socket_.fd(), buffer, sizeof buffer, 0);
      if (count <= 0) return {};
      text_.append(buffer, static_cast<std::size_t>(count));
    }
  }
  std::string get(std::string_view path) {
    send(path);
    return receive();
  }

 private:
  base::File socket_;
  std::string text_;
};

class SiteSwapTest : public ::testing::Test {
 protected:
  SiteSwapTest() {
    std::string name = (fs::temp_directory_path() / "wws-site-XXXXXX").string();
    root_ = mkdtemp(name.data());
    for (const char* site : {"1", "2"}) {
      fs::create_directories(root_ / site / "public");
      std::ofstream(root_ / site / "public/file.txt") << "file " << site;
    }
    auto sockets = supervisor::listen_on("127.0.0.1", 0);
    EXPECT_TRUE(sockets) << sockets.error().message;
    port_ = sockets->port;
    auto parts = supervisor::ServingChild::start(runtime::roles::kServe,
                                                 hardening::to_argument({hardening::Mode::kOn, {}}),
                                                 sockets->sockets, kModules);
    EXPECT_TRUE(parts) << parts.error().message;
    process_.emplace(std::move(parts->process));
    channel_ = std::make_unique<AsyncChannel>(
        context_, std::move(parts->socket), supervisor::ChannelLimits::of_supervisor(),
        AsyncChannel::Handlers{[](const supervisor::Message&) { return Result<void>{}; },
                               [this](const Result<void>& why) {
                                 has_ended_ = true;
                                 EXPECT_TRUE(why) << why.error().message;
                               }});
    EXPECT_TRUE(channel_->send(MessageType::kStatus, "", {parts->status.fd()}));
    status_.emplace(std::move(parts->status));
  }
  ~SiteSwapTest() override {
    process_.reset();
    fs::remove_all(root_);
  }

  /// The module with this number: a worker that answers `text`, one letter.
  void provide(std::uint32_t number, std::string_view text) {
    std::ostringstream bytes;
    bytes << std::ifstream(fs::path(WWS_WAT_GUESTS_DIR) / "answers.wasm", std::ios::binary).rdbuf();
    std::string wasm = bytes.str();
    const std::string_view in_the_guest = "\"data\":\"x\"";
    const std::size_t at = wasm.find(in_the_guest);
    ASSERT_NE(at, std::string::npos);
    wasm.replace(at + 8, 1, text);
    const auto code = engine_.compile(wasm);
    ASSERT_TRUE(code) << code.error().message;
    const base::File file(memfd_create("module", MFD_CLOEXEC));
    ASSERT_TRUE(base::write_all(file.fd(), *code));
    const std::vector<supervisor::ModuleNews> news = {{.number = number, .code = std::string(text)}};
    ASSERT_TRUE(channel_->send(MessageType::kModules, supervisor::to_json(news), {file.fd()}));
  }

  /// A site with a folder of files of its own and the routes /w and, of a module that is still compiled,
  /// /pending.
  SiteMessage site(std::uint32_t module) {
    SiteMessage message;
    message.root = root_;
    message.files.base = root_ / std::to_string(module + 1);
    message.instances = 8;
    message.stop_seconds = 5;
    message.logging.level = base::log::Level::kOff;
    message.workers = {{"w.wasm", {}, module, false, {}}, {"pending.wasm", {}, kPending, false, {}}};
    return message;
  }

  /// The type of its answer. The process has let go of modules that the site before did not use, and is given
  /// them again.
  MessageType swap_to(const SiteMessage& message) {
    const std::uint32_t module = message.workers.front().module;
    provide(module, std::to_string(module + 1));
    std::optional<MessageType> answered;
    EXPECT_TRUE(channel_->ask(MessageType::kSite, to_json(message), [&](const supervisor::Message& answer) {
      answered = answer.type;
      said_ = answer.payload;
      return Result<void>{};
    }));
    while (!answered && !has_ended_ && context_.run_one() > 0) {
    }
    return answered.value_or(MessageType::kStop);
  }

  static constexpr std::uint32_t kPending = 2;
  static constexpr std::uint32_t kModules = 3;

  fs::path root_;
  wasm::Engine engine_ = *wasm::Engine::create(wasm::compiling_settings(), abi::host_functions());
  boost::asio::io_context context_{1};
  std::optional<runtime::ChildProcess> process_;
  std::optional<runtime::ProcessStatus> status_;
  std::unique_ptr<AsyncChannel> channel_;
  std::uint16_t port_ = 0;
  bool has_ended_ = false;
  std::string said_;
};

TEST_F(SiteSwapTest, LosesNoRequestUnderLoad) {
  ASSERT_EQ(swap_to(site(0)), MessageType::kReady);
  std::atomic<bool> is_over = false;
  std::atomic<std::size_t> answers = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, i] {
      Client client(port_);
      const std::string path = i % 2 == 0 ? "/w" : "/file.txt";
      while (!is_over) {
        const std::string body = client.get(path);
        const std::string site = body.empty() ? body : body.substr(body.size() - 1);
        ASSERT_TRUE((site == "1" || site == "2") && body == (i % 2 == 0 ? site : "file " + site)) << body;
        ++answers;
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    const std::uint32_t next = i % 2;
    ASSERT_EQ(swap_to(site(next)), MessageType::kReady) << said_;
    // Whoever comes after the answer meets the new one.
    Client client(port_);
    ASSERT_EQ(client.get("/w"), std::to_string(next + 1));
    ASSERT_EQ(client.get("/file.txt"), "file " + std::to_string(next + 1));
  }
  is_over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_GT(answers, 200U);
}

TEST_F(SiteSwapTest, LeavesToARequestTheSiteThatItBeganWith) {
  ASSERT_EQ(swap_to(site(0)), MessageType::kReady);
  Client waiting(port_);
  waiting.send("/pending");
  Client later(port_);
  ASSERT_EQ(later.get("/w"), "1");  // so that the other was read before it
  SiteMessage without = site(1);
  without.workers.pop_back();
  ASSERT_EQ(swap_to(without), MessageType::kReady);
  EXPECT_EQ(later.get("/w"), "2");
  EXPECT_EQ(later.get("/pending"), "HTTP/1.1 404 No");
  provide(kPending, "3");
  EXPECT_EQ(waiting.receive(), "3");
}

TEST_F(SiteSwapTest, KeepsItsSiteWhenItCannotHaveAnother) {
  ASSERT_EQ(swap_to(site(0)), MessageType::kReady);
  SiteMessage greedy = site(1);
  greedy.workers[0].config.limits.memory = std::uint64_t{1} << 32;
  EXPECT_EQ(swap_to(greedy), MessageType::kFailed);
  EXPECT_NE(said_.find("w.wasm: its [limits] are above"), std::string::npos) << said_;
  Client client(port_);
  EXPECT_EQ(client.get("/w"), "1");
  EXPECT_EQ(client.get("/file.txt"), "file 1");
  ASSERT_EQ(swap_to(site(1)), MessageType::kReady);
  EXPECT_EQ(client.get("/w"), "2");
  EXPECT_FALSE(has_ended_);
}

}  // namespace
}  // namespace wws::tests

/// The serving process is this program again.
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == wws::runtime::roles::kServe.command)
    return wws::supervisor::serve_main(std::span(arguments).subspan(1));
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

#include "server/http1_connection.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "abi/host_functions.h"
#include "base/log.h"

namespace wws::server {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

/// A client in memory, which takes as much as a test lets it.
class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(asio::io_context& context) : context_(context) {}

  /// The client sends this.
  void arrive(std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), room_.begin());
    const auto user = std::exchange(reader_, nullptr);
    user->on_read({}, bytes.size());
  }
  /// The client's system takes so many bytes more.
  void make_room(std::size_t bytes) {
    room_left_ += bytes;
    if (writer_) std::exchange(writer_, nullptr)->on_writable({});
  }
  /// The client takes so many of the bytes that its system holds.
  void take(std::size_t bytes) { taken_ += bytes; }
  [[nodiscard]] std::size_t written() const { return written_; }
  [[nodiscard]] bool is_closed() const { return closed_; }

  void read(std::span<char> room, std::shared_ptr<TransportUser> user) override {
    room_ = room;
    reader_ = std::move(user);
  }
  void cancel_read() override {}
  bool has_input() override { return false; }
  bool has_peer_left() override { return false; }
  Written write(std::span<const asio::const_buffer> buffers, Follow) override {
    return put(asio::buffer_size(buffers));
  }
  Written send_file(const http::FileRange& range, std::size_t most) override {
    return put(std::min<std::uint64_t>(range.length, most));
  }
  void when_writable(std::shared_ptr<TransportUser> user) override { writer_ = std::move(user); }
  std::size_t unsent() const override { return written_ - std::min(written_, taken_); }
  bool close_sending_side() override { return true; }
  void break_off() override {}
  void close() override {
    closed_ = true;
    reader_.reset();
    writer_.reset();
  }
  asio::any_io_executor executor() override { return context_.get_executor(); }

 private:
  Written put(std::size_t wanted) {
    const std::size_t count = std::min(wanted, room_left_);
    if (count == 0) return {Written::Status::kWouldBlock, 0};
    room_left_ -= count;
    written_ += count;
    return {Written::Status::kSome, count};
  }
  asio::io_context& context_;
  std::span<char> room_;
  std::shared_ptr<TransportUser> reader_;
  std::shared_ptr<TransportUser> writer_;
  std::size_t room_left_ = 0;
  std::size_t written_ = 0;
  std::size_t taken_ = 0;
  bool closed_ = false;
};

/// One connection over a fake transport, to a site with one file.
class Http1ConnectionTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kFile = 10'000'000;

  Http1ConnectionTest() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    base::log::set_level(base::log::Level::kOff);
    std::string name = (fs::temp_directory_path() / "wws-http1-XXXXXX").string();
    root_ = mkdtemp(name.data());
    fs::create_directory(root_ / "public");
    std::ofstream(root_ / "public/big.bin") << std::string(kFile, 'x');
    wasm::EngineSettings settings = *wasm::serving_settings(1);
    settings.wake_fd = wake_.fd();
    engine_ = std::make_unique<wasm::Engine>(*wasm::Engine::create(settings, abi::host_functions()));
    const Scheduler::Parts parts{*engine_, nullptr, clock_, wake_.fd(), nullptr};
    scheduler_ = std::make_unique<Scheduler>(context_, parts, limits_);
    Site site{"", config::UrlForm::kFull, {}, {}, *assets::PublicFolder::open({root_}, clock_)};
    dispatcher_ = std::make_unique<Dispatcher>(std::move(site), *scheduler_, answers_, clock_, random_,
                                               ErrorDetail::kHidden);
    auto transport = std::make_unique<FakeTransport>(context_);
    client_ = transport.get();
    const ConnectionServices services{
        {*dispatcher_, clock_, limits_, access_log_, request_ids_, bodies_, answers_}, date_, outbox_, idle_};
    connection_ =
        std::make_shared<Http1Connection>(std::move(transport), "-", services, [](Http1Connection&) {});
    connection_->start();
  }
  ~Http1ConnectionTest() override {
    connection_->close();
    context_.restart();
    context_.poll();
    fs::remove_all(root_);
  }
  void pass(seconds time) {
    for (seconds left = time; left > seconds(0); left -= seconds(1)) {
      clock_.advance(seconds(1));
      connection_->check_deadline(clock_.now());
    }
  }

  fs::path root_;
  base::ManualClock clock_;
  base::Random random_;
  AccessLog access_log_;
  RequestIds request_ids_{random_};
  base::File wake_;
  ServerLimits limits_;
  Budget bodies_{1 << 20};
  Budget answers_{1 << 20};
  DateText date_;
  IdleConnections idle_;
  asio::io_context context_;
  std::unique_ptr<wasm::Engine> engine_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Dispatcher> dispatcher_;
  Outbox outbox_{clock_};
  FakeTransport* client_ = nullptr;
  std::shared_ptr<Http1Connection> connection_;
};

constexpr std::string_view kRequest = "GET /big.bin HTTP/1.1\r\nHost: t\r\n\r\n";

// A client that read as fast as we sent owned the thread until it had the whole file.
TEST_F(Http1ConnectionTest, AFileLeavesInSlicesBetweenWhichOthersHaveTheirTurn) {
  client_->make_room(2 * kFile);
  client_->arrive(kRequest);
  EXPECT_LT(client_->written(), 300'000U);
  std::size_t turns = 0;
  for (; client_->written() < kFile && turns < 1000; ++turns) {
    const std::size_t before = client_->written();
    context_.restart();
    context_.run_one();
    EXPECT_LE(client_->written() - before, 300'000U);
  }
  EXPECT_GT(turns, 30U);
  EXPECT_GT(client_->written(), kFile);
}

// Only when its system had room again did a reader's progress count: steady slow ones were cut off.
TEST_F(Http1ConnectionTest, AReaderThatTakes20KilobytesASecondIsServed) {
  client_->make_room(4'000'000);
  client_->arrive(kRequest);
  for (int i = 0; i < 20; ++i) {
    context_.restart();
    context_.poll();
  }
  for (int i = 0; i < 100; ++i) {
    client_->take(20'000);
    pass(seconds(1));
  }
  EXPECT_FALSE(client_->is_closed());
}

// Each wake-up gave a reader the whole time anew, however little it took.
TEST_F(Http1ConnectionTest, AReaderThatTakesNextToNothingIsCutOff) {
  client_->make_room(500'000);
  client_->arrive(kRequest);
  for (int i = 0; i < 20; ++i) {
    context_.restart();
    context_.poll();
  }
  for (int i = 0; i < 60 && !client_->is_closed(); ++i) {
    client_->take(10);
    client_->make_room(10);
    pass(seconds(1));
  }
  EXPECT_TRUE(client_->is_closed());
}

TEST_F(Http1ConnectionTest, IdlesAgainAfterABodyThatCameInParts) {
  client_->make_room(100'000);
  EXPECT_FALSE(idle_.is_empty());
  client_->arrive("POST /nothing HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab");
  EXPECT_TRUE(idle_.is_empty());
  client_->arrive("cd");
  outbox_.flush();
  EXPECT_FALSE(idle_.is_empty());
}

}  // namespace
}  // namespace wws::server

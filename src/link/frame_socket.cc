#include "link/frame_socket.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

namespace wws::link {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{64} << 10;
/// Reads in one turn of the loop, so that others have theirs.
constexpr int kReadsAtOnce = 16;

}  // namespace

class FrameSocket::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& context, base::File socket, Handlers handlers)
      : context_(context), handlers_(std::move(handlers)), descriptor_(context) {
    error_code error;
    descriptor_.assign(socket.fd(), error);
    if (!error) (void)socket.release();
    is_open_ = !error;
  }

  void start() {
    if (is_open_) return read_later();
    is_open_ = true;  // so that the end is told
    asio::post(context_, [self = weak_from_this()] {
      if (const auto core = self.lock()) core->end();
    });
  }
  void close() noexcept {
    if (std::exchange(is_open_, false) && !out_.empty())
      (void)::send(descriptor_.native_handle(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void send(std::string_view frames) {
    if (!is_open_) return;
    out_ += frames;
    if (is_in_batch_ || std::exchange(is_flush_posted_, true)) return;
    asio::post(context_, [self = weak_from_this()] {
      const auto core = self.lock();
      if (!core) return;
      core->is_flush_posted_ = false;
      core->flush();
    });
  }
  [[nodiscard]] std::size_t queued() const noexcept { return out_.size(); }

  /// What is written in a batch leaves behind it in any case. A failure is found again, and told, at the end
  /// of the turn.
  void send_now() {
    if (!is_in_batch_) (void)push();
  }

  void pause() { is_paused_ = true; }
  void resume() {
    if (std::exchange(is_paused_, false)) read_later();
  }

 private:
  void flush() {
    if (!push()) end();  // what was to be sent is lost, and so is the way
  }

  /// Gives the socket what it takes. False: it failed.
  [[nodiscard]] bool push() {
    std::size_t sent = 0;
    bool is_good = true;
    while (is_open_ && !waits_for_room_ && sent < out_.size()) {
      const ssize_t count = ::send(descriptor_.native_handle(), out_.data() + sent, out_.size() - sent,
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        is_good = errno == EAGAIN;
        if (is_good) write_later();
        break;
      }
      sent += static_cast<std::size_t>(count);
    }
    out_.erase(0, sent);
    return is_good;
  }

  void write_later() {
    waits_for_room_ = true;
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_write,
                           [self = weak_from_this()](error_code error) {
                             const auto core = self.lock();
                             if (!core || !core->is_open_) return;
                             core->waits_for_room_ = false;
                             if (error) return core->end();
                             core->flush();
                           });
  }

  void read_later() {
    if (is_paused_ || !is_open_ || std::exchange(is_reading_, true)) return;
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = weak_from_this()](error_code error) {
                             const auto core = self.lock();
                             if (!core || !core->is_open_) return;
                             core->is_reading_ = false;
                             if (error) return core->end();
                             core->read();
                           });
  }

  /// Calls handlers: the owner may go in each.
  void read() {
    const auto self = shared_from_this();
    bool has_ended = false;
    is_in_batch_ = true;
    for (int i = 0; i < kReadsAtOnce && is_open_ && !is_paused_ && !has_ended; ++i) {
      const ssize_t count = recv(descriptor_.native_handle(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      has_ended = count <= 0 ||
                  reader_.read({buffer_.data(), static_cast<std::size_t>(count)}, [this](const Frame& frame) {
                    return is_open_ && handlers_.frame(frame);
                  }) == FrameReader::Progress::kBroken;
      if (static_cast<std::size_t>(count) < buffer_.size()) break;  // that was all
    }
    if (is_open_ && !has_ended) handlers_.batch();
    is_in_batch_ = false;
    if (!is_open_) return;
    if (has_ended) return end();
    flush();  // whoever waits for an answer has it before the rest of the turn
    read_later();
  }

  /// Calls a handler, as read() does.
  void end() {
    const auto self = shared_from_this();
    if (std::exchange(is_open_, false)) handlers_.ended();
  }

  asio::io_context& context_;
  Handlers handlers_;
  asio::posix::stream_descriptor descriptor_;
  FrameReader reader_;
  std::array<char, kReadAtOnce> buffer_{};
  std::string out_;
  bool is_open_ = false;
  bool is_paused_ = false;
  bool is_reading_ = false;
  bool is_in_batch_ = false;  ///< behind which what is written leaves
  bool is_flush_posted_ = false;
  bool waits_for_room_ = false;
};

FrameSocket::FrameSocket(asio::io_context& context, base::File socket, Handlers handlers)
    : core_(std::make_shared<Core>(context, std::move(socket), std::move(handlers))) {
  core_->start();
}

FrameSocket::~FrameSocket() { core_->close(); }

void FrameSocket::send(std::string_view frames) { core_->send(frames); }
void FrameSocket::send_now() { core_->send_now(); }
std::size_t FrameSocket::queued() const noexcept { return core_->queued(); }
void FrameSocket::pause() { core_->pause(); }
void FrameSocket::resume() { core_->resume(); }

}  // namespace wws::link

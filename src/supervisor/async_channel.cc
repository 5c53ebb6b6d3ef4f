#include "supervisor/async_channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "supervisor/channel_header.h"
#include "supervisor/watch.h"

namespace wws::supervisor {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

/// What one event takes at most, before others have their turn.
constexpr int kMessagesAtOnce = 16;
/// Too many descriptors are on their way between processes: they are taken from there as others read.
constexpr std::chrono::milliseconds kDescriptorWait{10};

std::unexpected<Error> broken(const std::string& what) {
  return fail(ErrorCode::kInternal, "channel: " + what);
}

std::unexpected<Error> io_error() { return fail(ErrorCode::kIo, "channel: " + base::errno_text(errno)); }

}  // namespace

class AsyncChannel::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& context, base::File socket, const ChannelLimits& limits, Handlers handlers)
      : socket_(std::move(socket)),
        limits_(limits),
        handlers_(std::move(handlers)),
        watch_(context, socket_.fd()),
        retry_(context) {}

  void close() noexcept { is_open_ = false; }

  void start(asio::io_context& context) {
    if (watch_.state()) return read_later();
    asio::post(context, [self = weak_from_this()] {
      if (const auto core = self.lock()) core->end(core->watch_.state());
    });
  }

  Result<void> send(ChannelHeader header, std::string_view payload, const std::vector<int>& descriptors) {
    if (payload.size() > Channel::kLargestPayload || descriptors.size() > Channel::kMaxDescriptors)
      return broken("the message is too large");
    header.size = static_cast<std::uint32_t>(payload.size());
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += payload;
    if (queued_ + bytes.size() > limits_.queued_bytes)
      return fail(ErrorCode::kIo, "channel: the other end does not read");
    std::size_t offset = 0;
    if (outgoing_.empty()) {
      auto count = send_some(bytes, descriptors);
      if (!count) return fail(count);
      offset = *count;
    }
    if (offset == bytes.size()) return {};
    Outgoing rest{std::move(bytes), offset, {}};
    for (const int fd : offset > 0 ? std::vector<int>() : descriptors) {
      // The caller's may be closed before its turn comes.
      auto copy = duplicate(fd);
      if (!copy) return fail(copy);
      rest.descriptors.push_back(std::move(*copy));
    }
    queued_ += rest.bytes.size() - offset;
    outgoing_.push_back(std::move(rest));
    write_later();
    return {};
  }

  Result<std::uint32_t> remember(Answer on_answer) {
    if (questions_.size() >= limits_.questions) return broken("too many questions wait for their answers");
    while (++last_id_ == 0 || questions_.contains(last_id_)) {
    }
    questions_.emplace(last_id_, std::move(on_answer));
    return last_id_;
  }
  void forget(std::uint32_t id) { questions_.erase(id); }

  void pause() { is_paused_ = true; }
  void resume() {
    if (std::exchange(is_paused_, false)) read_later();
  }
  void drain() {
    const auto self = shared_from_this();  // a handler may destroy the channel
    // One that lives may send for ever.
    for (int i = 0; i < 64 && read_some() == Reading::kMore; ++i) {
    }
  }

  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::size_t queued() const noexcept { return queued_; }

 private:
  enum class Reading { kMore, kNothingYet, kStopped };

  /// A message that waits, or the rest of it.
  struct Outgoing {
    std::string bytes;
    std::size_t offset = 0;
    std::vector<base::File> descriptors;  ///< they go with the first byte
  };

  static Result<base::File> duplicate(int fd) {
    base::File borrowed(fd);
    auto copy = borrowed.duplicate();
    [[maybe_unused]] const int still_the_callers = borrowed.release();
    return copy;
  }

  // --- what goes out

  /// How much of a message the socket took; descriptors go with its first byte.
  Result<std::size_t> send_some(std::string_view bytes, const std::vector<int>& descriptors) {
    iovec vector = {const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    DescriptorBuffer beside;
    beside.put(message, descriptors);
    ssize_t count = 0;
    do {
      count = sendmsg(socket_.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    has_descriptors_on_the_way_ = count < 0 && errno == ETOOMANYREFS;
    if (count < 0 && (errno == EAGAIN || has_descriptors_on_the_way_)) return 0;
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET))
      return fail(ErrorCode::kCancelled, "channel: " + base::errno_text(errno));
    if (count < 0) return io_error();
    sent_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

  void write_later() {
    if (std::exchange(is_writing_, true)) return;
    const auto go_on = [self = weak_from_this()](error_code error) {
      const auto core = self.lock();
      if (error || !core || !core->is_open_) return;
      core->is_writing_ = false;
      core->write_queue();
    };
    if (!has_descriptors_on_the_way_) return watch_.writable(go_on);
    retry_.expires_after(kDescriptorWait);
    retry_.async_wait(go_on);
  }

  void write_queue() {
    while (!outgoing_.empty()) {
      Outgoing& first = outgoing_.front();
      std::vector<int> descriptors;
      for (const base::File& file : first.descriptors) descriptors.push_back(file.fd());
      const auto count = send_some(std::string_view(first.bytes).substr(first.offset), descriptors);
      if (!count) {  // the other end is gone, which reading tells
        outgoing_.clear();
        queued_ = 0;
        return;
      }
      if (*count == 0) return write_later();
      first.descriptors.clear();
      first.offset += *count;
      queued_ -= *count;
      if (first.offset == first.bytes.size()) outgoing_.pop_front();
    }
  }

  // --- what comes in

  void read_later() {
    if (is_paused_ || !is_open_ || std::exchange(is_reading_, true)) return;
    watch_.readable([self = weak_from_this()](error_code error) {
      const auto core = self.lock();
      if (!core) return;
      core->is_reading_ = false;
      if (error) {  // nobody can wait for it: what comes would never be read
        core->end(fail(ErrorCode::kIo, "channel: " + error.message()));
        return;
      }
      for (int i = 0; i < kMessagesAtOnce; ++i) {
        const Reading reading = core->read_some();
        if (reading == Reading::kStopped) return;
        if (reading == Reading::kNothingYet) break;
      }
      core->read_later();
    });
  }

  /// Takes up to one message. Calls handlers: `this` outlives them, the owner may not.
  Reading read_some() {
    const auto self = shared_from_this();
    if (!is_open_ || is_paused_) return Reading::kStopped;
    auto count = received_ < sizeof header_ ? receive_header() : receive_payload();
    if (count && *count) {
      received_ += **count;
      if (received_ == sizeof header_)
        if (auto good = begin_payload(); !good) count = fail(good);
    }
    if (!count) return end(fail(count));
    if (!*count) return Reading::kNothingYet;
    if (**count == 0) return end({});
    if (received_ < sizeof header_ || received_ < sizeof header_ + header_.size) return Reading::kMore;
    received_ = 0;
    auto taken = take(std::exchange(message_, {}));
    if (!is_open_) return Reading::kStopped;
    return taken ? Reading::kMore : end(std::move(taken));
  }

  /// std::nullopt: nothing is there; 0: the other end is gone.
  using Received = Result<std::optional<std::size_t>>;

  static Received received(ssize_t count) {
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    if (errno == ECONNRESET) return std::size_t{0};
    return io_error();
  }

  Received receive_header() {
    iovec vector = {reinterpret_cast<char*>(&header_) + received_, sizeof header_ - received_};
    msghdr parts{};
    parts.msg_iov = &vector;
    parts.msg_iovlen = 1;
    DescriptorBuffer beside;
    // Without room for them the kernel drops descriptors, and says so.
    if (limits_.incoming_descriptors > 0) beside.offer(parts);
    const ssize_t count = recvmsg(socket_.fd(), &parts, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count > 0) DescriptorBuffer::take(parts, message_.descriptors);
    if (count > 0 &&
        ((parts.msg_flags & MSG_CTRUNC) != 0 || message_.descriptors.size() > limits_.incoming_descriptors))
      return broken("a message with more descriptors than are taken");
    return received(count);
  }

  Received receive_payload() {
    const std::size_t have = received_ - sizeof header_;
    return received(
        recv(socket_.fd(), message_.payload.data() + have, message_.payload.size() - have, MSG_DONTWAIT));
  }

  Result<void> begin_payload() {
    if (header_.version != ChannelHeader::kVersion) return broken("a message of another version");
    if (header_.size > limits_.incoming_bytes) return broken("a message that is too large");
    message_.type = MessageType{header_.type};
    message_.id = header_.id;
    message_.answers = header_.answers;
    message_.payload.resize(header_.size);
    return {};
  }

  Result<void> take(Message message) {
    if (message.answers == 0) return handlers_.message(std::move(message));
    const auto question = questions_.extract(message.answers);
    if (!question) return broken("an answer to no question");
    return question.mapped()(std::move(message));
  }

  Reading end(Result<void> why) {
    if (std::exchange(is_open_, false)) handlers_.ended(std::move(why));
    return Reading::kStopped;
  }

  base::File socket_;
  ChannelLimits limits_;
  Handlers handlers_;
  Watch watch_;  ///< before the socket is closed
  asio::steady_timer retry_;
  bool is_open_ = true;
  bool is_paused_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool has_descriptors_on_the_way_ = false;
  std::deque<Outgoing> outgoing_;
  std::size_t queued_ = 0;
  std::uint64_t sent_ = 0;
  ChannelHeader header_{};
  std::size_t received_ = 0;  ///< of header and payload
  Message message_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, Answer> questions_;
};

AsyncChannel::AsyncChannel(asio::io_context& context, base::File socket, const ChannelLimits& limits,
                           Handlers handlers)
    : core_(std::make_shared<Core>(context, std::move(socket), limits, std::move(handlers))) {
  core_->start(context);
}

AsyncChannel::~AsyncChannel() { core_->close(); }

Result<void> AsyncChannel::send(MessageType type, std::string_view payload,
                                const std::vector<int>& descriptors) {
  ChannelHeader header;
  header.type = static_cast<std::uint16_t>(type);
  return core_->send(header, payload, descriptors);
}

Result<void> AsyncChannel::ask(MessageType type, std::string_view payload, Answer on_answer) {
  auto id = core_->remember(std::move(on_answer));
  if (!id) return fail(id);
  ChannelHeader header;
  header.type = static_cast<std::uint16_t>(type);
  header.id = *id;
  auto sent = core_->send(header, payload, {});
  if (!sent) core_->forget(*id);
  return sent;
}

Result<void> AsyncChannel::answer(const Message& question, MessageType type, std::string_view payload) {
  ChannelHeader header;
  header.type = static_cast<std::uint16_t>(type);
  header.answers = question.id;
  return core_->send(header, payload, {});
}

void AsyncChannel::pause() { core_->pause(); }
void AsyncChannel::resume() { core_->resume(); }
void AsyncChannel::drain() { core_->drain(); }
std::uint64_t AsyncChannel::sent_bytes() const noexcept { return core_->sent(); }
std::size_t AsyncChannel::queued_bytes() const noexcept { return core_->queued(); }

}  // namespace wws::supervisor

#include "supervisor/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace wws::supervisor {
namespace {

constexpr int kPatience = 10'000;  // milliseconds: an end that neither reads nor goes on writing is stuck

std::unexpected<Error> io_error(std::string_view what) {
  return fail(ErrorCode::kIo, std::string(what) + ": " + base::errno_text(errno));
}

/// After a call that failed: whether to try it again. Event loops make the socket non-blocking, and the two
/// parts of a message may come apart.
bool try_again(int socket, short event) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd waited = {socket, event, 0};
  const int ready = poll(&waited, 1, kPatience);
  if (ready == 0) errno = ETIMEDOUT;
  return ready > 0 || (ready < 0 && errno == EINTR);
}

Result<void> send_header(int socket, const ChannelHeader& header, const std::vector<int>& descriptors) {
  ChannelHeader copy = header;
  iovec vector = {&copy, sizeof copy};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  DescriptorBuffer beside;
  beside.put(message, descriptors);
  // So few bytes go out whole or not at all.
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (!try_again(socket, POLLOUT)) return io_error("channel");
  }
  return {};
}

/// Fills `bytes`. False: the other end is gone.
Result<bool> receive_all(int socket, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = recv(socket, bytes, size, MSG_WAITALL);
    if (count < 0 && errno == ECONNRESET) return false;
    if (count < 0 && try_again(socket, POLLIN)) continue;
    if (count < 0) return io_error("channel");
    if (count == 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

Result<ChannelPair> Channel::make() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return io_error("socketpair");
  return ChannelPair{Channel(base::File(ends[0])), Channel(base::File(ends[1]))};
}

Result<void> Channel::send(MessageType type, std::string_view payload,
                           const std::vector<int>& descriptors) const {
  if (payload.size() > kLargestPayload || descriptors.size() > kMaxDescriptors) {
    return fail(ErrorCode::kInternal, "channel: the message is too large");
  }
  ChannelHeader header;
  header.size = static_cast<std::uint32_t>(payload.size());
  header.type = static_cast<std::uint16_t>(type);
  if (auto sent = send_header(socket_.fd(), header, descriptors); !sent) return sent;
  while (!payload.empty()) {
    const ssize_t count = ::send(socket_.fd(), payload.data(), payload.size(), MSG_NOSIGNAL);
    if (count < 0 && try_again(socket_.fd(), POLLOUT)) continue;
    if (count < 0) return io_error("channel");
    payload.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::optional<Message>> Channel::receive() const {
  ChannelHeader header;
  iovec vector = {&header, sizeof header};
  DescriptorBuffer beside;
  msghdr parts{};
  parts.msg_iov = &vector;
  parts.msg_iovlen = 1;
  beside.offer(parts);
  ssize_t count = 0;
  do {
    count = recvmsg(socket_.fd(), &parts, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  } while (count < 0 && errno != ECONNRESET && try_again(socket_.fd(), POLLIN));
  if (count == 0 || (count < 0 && errno == ECONNRESET)) return std::nullopt;
  if (count < 0) return io_error("channel");
  Message message;
  DescriptorBuffer::take(parts, message.descriptors);
  if (count != sizeof header) return std::nullopt;
  if (header.version != ChannelHeader::kVersion || header.size > kLargestPayload) {
    return fail(ErrorCode::kInternal, "channel: a message of another version");
  }
  message.type = MessageType{header.type};
  message.id = header.id;
  message.answers = header.answers;
  message.payload.resize(header.size);
  const auto whole = receive_all(socket_.fd(), message.payload.data(), message.payload.size());
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) return std::nullopt;
  return message;
}

}  // namespace wws::supervisor

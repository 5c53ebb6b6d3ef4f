#include "supervisor/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace wws::supervisor {
namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::uint32_t kLargestPayload = std::uint32_t{256} << 20;
constexpr int kPatience = 10'000;  // milliseconds: an end that neither reads nor goes on writing is stuck

/// What stands before each payload. Both ends are the same program on the same machine: host byte order.
struct Header {
  std::uint32_t size;
  std::uint16_t version;
  std::uint16_t type;
};
static_assert(sizeof(Header) == 8);

union ControlBuffer {
  cmsghdr alignment;
  std::array<char, CMSG_SPACE(Channel::kMaxDescriptors * sizeof(int))> bytes;
};

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

Result<void> send_header(int socket, const Header& header, const std::vector<int>& descriptors) {
  Header copy = header;
  iovec vector = {&copy, sizeof copy};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  ControlBuffer control{};
  if (!descriptors.empty()) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size() * sizeof(int));
  }
  // Eight bytes on an empty or draining stream go out whole or not at all.
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (!try_again(socket, POLLOUT)) return io_error("channel");
  }
  return {};
}

void take_descriptors(msghdr& message, std::vector<base::File>& descriptors) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
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
  const Header header = {static_cast<std::uint32_t>(payload.size()), kVersion,
                         static_cast<std::uint16_t>(type)};
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
  Header header{};
  iovec vector = {&header, sizeof header};
  ControlBuffer control{};
  msghdr parts{};
  parts.msg_iov = &vector;
  parts.msg_iovlen = 1;
  parts.msg_control = control.bytes.data();
  parts.msg_controllen = control.bytes.size();
  ssize_t count = 0;
  do {
    count = recvmsg(socket_.fd(), &parts, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  } while (count < 0 && errno != ECONNRESET && try_again(socket_.fd(), POLLIN));
  if (count == 0 || (count < 0 && errno == ECONNRESET)) return std::nullopt;
  if (count < 0) return io_error("channel");
  Message message;
  take_descriptors(parts, message.descriptors);
  if (count != sizeof header) return std::nullopt;
  if (header.version != kVersion || header.size > kLargestPayload) {
    return fail(ErrorCode::kInternal, "channel: a message of another version");
  }
  message.type = MessageType{header.type};
  message.payload.resize(header.size);
  const auto whole = receive_all(socket_.fd(), message.payload.data(), message.payload.size());
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) return std::nullopt;
  return message;
}

}  // namespace wws::supervisor

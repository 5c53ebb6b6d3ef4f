#include "base/descriptors.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wws::base {
namespace {

/// Room for the descriptors beside a message's byte.
union Beside {
  cmsghdr alignment;
  std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> bytes;
};

std::unexpected<Error> failed() { return fail(ErrorCode::kIo, errno_text(errno)); }

}  // namespace

Result<DescriptorPair> descriptor_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return failed();
  return DescriptorPair{File(ends[0]), File(ends[1])};
}

Result<void> send_descriptors(const File& socket, std::span<const int> descriptors) {
  char byte = 0;
  iovec text = {&byte, 1};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  Beside beside{};
  if (!descriptors.empty()) {
    const std::size_t count = std::min(descriptors.size(), kMostDescriptors);
    message.msg_control = beside.bytes.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(part), descriptors.data(), count * sizeof(int));
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return failed();
  return {};
}

Result<std::optional<std::vector<File>>> receive_descriptors(const File& socket, Waits waits) {
  char byte = 0;
  iovec text = {&byte, 1};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  Beside beside{};
  message.msg_control = beside.bytes.data();
  message.msg_controllen = beside.bytes.size();
  const int flags = MSG_CMSG_CLOEXEC | (waits == Waits::kNo ? MSG_DONTWAIT : 0);
  ssize_t count = 0;
  do {
    count = recvmsg(socket.fd(), &message, flags);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
  if (count < 0) return failed();
  if (count == 0) {
    if (waits == Waits::kYes) return std::nullopt;
    return fail(ErrorCode::kIo, "the other end is gone");
  }
  std::vector<File> files;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t received = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < received; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      files.emplace_back(fd);
    }
  }
  return files;
}

}  // namespace wws::base

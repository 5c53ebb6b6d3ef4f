#include "server/transport.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace wws::server {
namespace {

using Status = Transport::Written::Status;

/// The most that is copied from a file whose kind sendfile() does not take.
constexpr std::size_t kCopied = std::size_t{64} << 10;

Transport::Written failure_of_errno() {
  const bool would_block = errno == EAGAIN || errno == EWOULDBLOCK;
  return {would_block ? Status::kWouldBlock : Status::kFailed, 0};
}

}  // namespace

SocketTransport::SocketTransport(Socket socket) : socket_(std::move(socket)) {
  error_code ignored;  // an invalid socket fails at its first read
  socket_.non_blocking(true, ignored);
}

void SocketTransport::read(std::span<char> room, std::shared_ptr<TransportUser> user) {
  socket_.async_read_some(
      asio::buffer(room.data(), room.size()),
      [user = std::move(user)](error_code error, std::size_t count) { user->on_read(error, count); });
}

void SocketTransport::cancel_read() {
  error_code ignored;
  socket_.cancel(ignored);
}

bool SocketTransport::has_input() {
  char first = 0;
  error_code error;
  return socket_.receive(asio::buffer(&first, 1), Socket::message_peek, error) > 0;
}

bool SocketTransport::has_peer_left() {
  pollfd seen = {socket_.native_handle(), POLLRDHUP, 0};
  return poll(&seen, 1, 0) > 0 && (seen.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

Transport::Written SocketTransport::write(std::span<const asio::const_buffer> buffers, Follow follow) {
  const int flags = follow == Follow::kMore ? MSG_MORE : 0;
  error_code error;
  // One buffer costs the kernel less than a list of them, and most answers are one.
  const std::size_t count = buffers.size() == 1
                                ? socket_.send(asio::const_buffers_1(buffers.front()), flags, error)
                                : socket_.send(buffers, flags, error);
  if (!error) return {Status::kSome, count};
  return {error == asio::error::would_block ? Status::kWouldBlock : Status::kFailed, 0};
}

Transport::Written SocketTransport::send_file(const http::FileRange& range, std::size_t most) {
  auto offset = static_cast<off_t>(range.offset);
  const std::size_t size = std::min<std::uint64_t>(range.length, most);
  ssize_t count = -1;
  do {
    count = ::sendfile(socket_.native_handle(), range.file->fd(), &offset, size);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return {Status::kSome, static_cast<std::size_t>(count)};
  // Some file systems and sockets have no sendfile().
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return send_file_by_copy(range, most);
  return failure_of_errno();
}

Transport::Written SocketTransport::send_file_by_copy(const http::FileRange& range, std::size_t most) {
  std::array<char, kCopied> bytes;
  const std::size_t size = std::min({static_cast<std::size_t>(range.length), most, bytes.size()});
  ssize_t count = -1;
  do {
    count = pread(range.file->fd(), bytes.data(), size, static_cast<off_t>(range.offset));
  } while (count < 0 && errno == EINTR);
  if (count == 0) return {Status::kSome, 0};
  if (count < 0) return {Status::kFailed, 0};
  const ssize_t sent =
      ::send(socket_.native_handle(), bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
  return sent >= 0 ? Written{Status::kSome, static_cast<std::size_t>(sent)} : failure_of_errno();
}

void SocketTransport::when_writable(std::shared_ptr<TransportUser> user) {
  socket_.async_wait(Socket::wait_write,
                     [user = std::move(user)](error_code error) { user->on_writable(error); });
}

std::size_t SocketTransport::unsent() const {
  int bytes = 0;
  return ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes)
                                                                            : 0;
}

bool SocketTransport::close_sending_side() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  return !error;
}

void SocketTransport::break_off() {
  // A reset tells also those that read until the end of the connection.
  error_code ignored;
  socket_.set_option(Socket::linger(true, 0), ignored);
}

void SocketTransport::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace wws::server

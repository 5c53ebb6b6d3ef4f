// How bytes get to a client and back.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "http/response.h"
#include "server/asio.h"

namespace wws::server {

/// Who reads and writes through a transport.
class TransportUser {
 public:
  virtual ~TransportUser() = default;
  /// A read has ended: with `count` bytes, with asio::error::eof, or with what went wrong.
  virtual void on_read(error_code error, std::size_t count) = 0;
  /// Writing may get on now.
  virtual void on_writable(error_code error) = 0;
};

/// A byte stream to one client, such as a TCP connection.
///
/// Hides the socket from those who speak HTTP over it: a layer that encrypts is another transport. Nothing
/// here waits; what has to is told to the user later, from the event loop, for which the transport keeps the
/// user alive. One read and one wait for writing at a time. One thread.
class Transport {
 public:
  virtual ~Transport() = default;

  /// What a call that writes came to.
  struct Written {
    enum class Status {
      kSome,        ///< `bytes` of it were taken
      kWouldBlock,  ///< none: ask when_writable()
      kFailed,      ///< the stream is of no more use
    };
    Status status = Status::kSome;
    std::size_t bytes = 0;
  };
  /// Whether more bytes follow at once, which may share a packet with these.
  enum class Follow { kNothing, kMore };

  /// Reads some bytes into `room`, which stays until on_read().
  virtual void read(std::span<char> room, std::shared_ptr<TransportUser> user) = 0;
  /// Ends a read that has nothing yet: on_read() comes with an error.
  virtual void cancel_read() = 0;
  /// Whether there is something to be read, or the stream's end.
  [[nodiscard]] virtual bool has_input() = 0;
  /// Whether the client has closed its sending side or the whole, as far as can be seen without reading.
  [[nodiscard]] virtual bool has_peer_left() = 0;

  /// Writes some of the buffers, in their order.
  [[nodiscard]] virtual Written write(std::span<const asio::const_buffer> buffers, Follow follow) = 0;
  /// Writes some bytes of a file's range, `most` at the most. None: the file became shorter than its range.
  [[nodiscard]] virtual Written send_file(const http::FileRange& range, std::size_t most) = 0;
  /// Calls on_writable() when the stream takes bytes again.
  virtual void when_writable(std::shared_ptr<TransportUser> user) = 0;
  /// Bytes that were written and that the client has not taken yet, as far as is known.
  [[nodiscard]] virtual std::size_t unsent() const = 0;

  /// Says that nothing more will be written. False: the stream is of no more use.
  [[nodiscard]] virtual bool close_sending_side() = 0;
  /// Makes close() tell the client that the stream is broken off.
  virtual void break_off() = 0;
  /// Ends it. What is pending is told with an error.
  virtual void close() = 0;

  /// To post work to the event loop.
  [[nodiscard]] virtual asio::any_io_executor executor() = 0;
};

/// A connected socket of any family, non-blocking from here on.
class SocketTransport final : public Transport {
 public:
  explicit SocketTransport(Socket socket);

  void read(std::span<char> room, std::shared_ptr<TransportUser> user) override;
  void cancel_read() override;
  [[nodiscard]] bool has_input() override;
  [[nodiscard]] bool has_peer_left() override;
  [[nodiscard]] Written write(std::span<const asio::const_buffer> buffers, Follow follow) override;
  [[nodiscard]] Written send_file(const http::FileRange& range, std::size_t most) override;
  void when_writable(std::shared_ptr<TransportUser> user) override;
  [[nodiscard]] std::size_t unsent() const override;
  [[nodiscard]] bool close_sending_side() override;
  void break_off() override;
  void close() override;
  [[nodiscard]] asio::any_io_executor executor() override { return socket_.get_executor(); }

 private:
  [[nodiscard]] Written send_file_by_copy(const http::FileRange& range, std::size_t most);

  mutable Socket socket_;  ///< asking for its native handle is not const in Asio
};

}  // namespace wws::server

// Accepting connections.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "server/asio.h"

namespace wws::server {

/// Whether a listener goes on after the connection it gave.
enum class Accepting { kContinue, kPause };

/// Accepts on a listening socket that other processes share (docs/adr/0005-shared-listener.md).
///
/// A new connection wakes the processes that are idle; the first takes it. One that is busy with a guest
/// is not waiting and gets none. Each takes one connection at a time, so that the others get their share.
/// When descriptors run out it tries again a little later; the connections wait in the socket's queue.
///
/// Kept alive by what it waits for, until stop().
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using OnAccept = std::function<Accepting(Socket socket, std::string peer)>;

  /// `socket` is non-blocking and listening.
  Listener(asio::io_context& context, base::File socket, OnAccept on_accept);

  /// Accepts from now on.
  void start() { wait(); }
  /// Closes the socket; `on_accept` is not called any more.
  void stop();

  /// Accepts again after a pause.
  void resume();

  /// Accepts what waits in the socket's queue now, until there is no more or a pause is asked for.
  void accept_waiting();

 private:
  void wait();
  void accept_one();
  /// errno of accept4() when there was none to take.
  std::expected<Accepting, int> try_accept();
  void retry_later();

  asio::io_context& context_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer retry_;
  OnAccept on_accept_;
  bool waiting_ = false;
  bool stopped_ = false;
};

/// What stands for the address of a client that has none.
inline constexpr std::string_view kNoAddress = "-";

/// "192.0.2.1" or "2001:db8::1" for a connected socket; "-" where there is no address. An IPv4 client of a
/// socket for both families appears as the first.
[[nodiscard]] std::string peer_address(int socket);

}  // namespace wws::server

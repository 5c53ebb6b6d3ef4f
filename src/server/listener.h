// Accepting connections.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file.h"
#include "server/asio.h"

namespace wws::server {

/// Who takes the connections of a listener.
class ConnectionTaker {
 public:
  virtual ~ConnectionTaker() = default;
  /// Asked before a connection is accepted. False: not now; Listener::resume() follows.
  [[nodiscard]] virtual bool has_room() = 0;
  virtual void take(Socket socket, std::string peer) = 0;
  /// Asked after one was taken: how long the next is left to other processes.
  [[nodiscard]] virtual base::Duration rest() { return base::Duration(0); }
};

/// Accepts on a listening socket that other processes share (docs/adr/0005-shared-listener.md).
///
/// A new connection wakes the processes that are idle; the first takes it. One that is busy with a guest
/// is not waiting and gets none. Each takes one connection at a time and rests as its taker says, so that the
/// others get their share.
/// When descriptors run out it tries again a little later; the connections wait in the socket's queue.
///
/// Kept alive by what it waits for, until stop().
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  /// `socket` is non-blocking and listening. `taker` outlives it, or is not asked any more after stop().
  Listener(asio::io_context& context, base::File socket, ConnectionTaker& taker);

  /// Accepts from now on.
  void start() { wait(); }
  /// Closes the socket; the taker is not asked any more.
  void stop();

  /// Accepts again after a pause.
  void resume();

  /// Accepts what waits in the socket's queue now, until there is no more, or no room.
  void accept_waiting();

 private:
  void wait();
  void accept_one();
  /// What try_accept() came to, besides an errno of accept4().
  static constexpr int kAccepted = 0;
  static constexpr int kNoRoom = -1;
  [[nodiscard]] int try_accept();
  void rest();
  void retry_later();

  asio::io_context& context_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer timer_;  ///< of a rest, or until descriptors are looked for again
  ConnectionTaker& taker_;
  bool waiting_ = false;
  bool resting_ = false;
  bool stopped_ = false;
};

/// What stands for the address of a client that has none.
inline constexpr std::string_view kNoAddress = "-";

/// "192.0.2.1" or "2001:db8::1" for a connected socket; "-" where there is no address. An IPv4 client of a
/// socket for both families appears as the first.
[[nodiscard]] std::string peer_address(int socket);

}  // namespace wws::server

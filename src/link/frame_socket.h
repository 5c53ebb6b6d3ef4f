// One end of a stream of frames, in an event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "link/frame.h"

namespace wws::link {

/// Sends and takes frames over a connected socket. Never waits: what the socket does not take stays here, for
/// the owner to see. What is written in one turn of the loop leaves together at its end, and what is written
/// in the handlers of a batch right behind it. One thread. No handler is called after it is destroyed, which
/// a handler may do.
class FrameSocket {
 public:
  struct Handlers {
    /// Takes a frame, whose payload is valid within the call. False: it breaks the rules, and the socket is
    /// done with.
    std::function<bool(const Frame&)> frame;
    /// All frames that had arrived together were given.
    std::function<void()> batch;
    /// The other end is gone or broke the rules, or the socket failed. Called once; nothing comes after it.
    std::function<void()> ended;
  };

  FrameSocket(boost::asio::io_context& context, base::File socket, Handlers handlers);
  FrameSocket(const FrameSocket&) = delete;
  FrameSocket& operator=(const FrameSocket&) = delete;
  /// What it has not sent is given to the socket once more; what this does not take is lost.
  ~FrameSocket();

  /// Sends whole frames, at the end of this turn of the loop, or of the batch whose handler calls it.
  void send(std::string_view frames);
  /// What waits for that leaves now: somebody waits for it, and this turn has more to do.
  void send_now();
  /// Bytes that the socket has not taken.
  [[nodiscard]] std::size_t queued() const noexcept;

  /// Leaves what comes in the socket, until resume().
  void pause();
  void resume();

 private:
  class Core;
  std::shared_ptr<Core> core_;  ///< handlers in the loop hold it weakly
};

}  // namespace wws::link

// A client's way to a service, while anything that was asked there has not ended.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "link/frame_socket.h"

namespace wws::link {

/// One socket to a service. A client has one that it asks, and may be given another in its place, to a child
/// that does the same with other orders: it asks there from then on, and what it asked before goes on where
/// it is. So whatever is under way holds its link, and a link that nobody holds closes, which is how the
/// service knows that nobody needs it.
///
/// One thread. No handler is called after it is destroyed, which a handler may do.
class Link {
 public:
  struct Handlers {
    /// Takes a frame, as FrameSocket::Handlers::frame does.
    std::function<bool(Link& link, const Frame& frame)> frame;
    /// As FrameSocket::Handlers::ended; the link may be dropped there.
    std::function<void(Link& link)> ended;
  };

  Link(boost::asio::io_context& context, base::File socket, Handlers handlers)
      : socket_(context, std::move(socket),
                {[this, take = std::move(handlers.frame)](const Frame& frame) { return take(*this, frame); },
                 [] {},
                 [this, end = std::move(handlers.ended)] {
                   is_open_ = false;
                   end(*this);
                 }}) {}

  /// Sends whole frames; to one that is not open, nothing.
  void send(std::string_view frames) {
    if (is_open_) socket_.send(frames);
  }
  /// As FrameSocket::send_now() does.
  void send_now() {
    if (is_open_) socket_.send_now();
  }
  [[nodiscard]] std::size_t queued() const noexcept { return socket_.queued(); }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

 private:
  bool is_open_ = true;
  FrameSocket socket_;
};

using LinkPtr = std::shared_ptr<Link>;

}  // namespace wws::link

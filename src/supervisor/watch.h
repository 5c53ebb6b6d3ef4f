// Waiting in an event loop for a descriptor that somebody else owns.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>

#include "base/file.h"
#include "base/result.h"

namespace wws::supervisor {

/// Waits for one descriptor, which outlives it. Handlers take an error code: an error says that the wait was
/// given up. They may be queued already when a watch is destroyed, so they hold nothing that goes with it.
class Watch {
 public:
  Watch(boost::asio::io_context& context, int fd) : descriptor_(context) { descriptor_.assign(fd, error_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    if (!error_) descriptor_.release();
  }

  /// kIo: the system has no room for one more, and no handler is ever called.
  [[nodiscard]] Result<void> state() const {
    if (!error_) return {};
    return fail(ErrorCode::kIo, "cannot watch a descriptor: " + base::errno_text(error_.value()));
  }

  template <class Handler>
  void readable(Handler&& handler) {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, std::forward<Handler>(handler));
  }
  template <class Handler>
  void writable(Handler&& handler) {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_write, std::forward<Handler>(handler));
  }
  void cancel() {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
  }

 private:
  boost::system::error_code error_;
  boost::asio::posix::stream_descriptor descriptor_;
};

}  // namespace wws::supervisor

// Descriptors that libraries wait for, in an event loop of Asio.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace wws::egress {

/// Watches the sockets of libcurl and c-ares, which open and close them on their own. One epoll descriptor
/// for all of them stands in the event loop, so that a number that was closed and given out again confuses
/// nobody.
///
/// To be made before the process is confined; goes after those who use it. One thread.
class PollSet {
 public:
  enum Interest : unsigned { kNone = 0, kRead = 1, kWrite = 2 };
  /// `ready`: of Interest; an error or a hang-up is both.
  using Handler = std::function<void(int fd, unsigned ready)>;

  /// kIo: the system has no descriptor for it.
  [[nodiscard]] static Result<std::unique_ptr<PollSet>> create(boost::asio::io_context& context);
  PollSet(const PollSet&) = delete;
  PollSet& operator=(const PollSet&) = delete;

  /// From now on; kNone: no more. `handler` stays where it is for as long, and is called level-triggered. The
  /// system is told of more at the end of the loop's turn, and of less when it has called for nothing: a
  /// connection that goes back to its pool and out again costs nothing.
  void set(int fd, unsigned interest, const Handler& handler);
  /// To be called before a descriptor is closed: its number may be another one's next.
  void forget(int fd);

 private:
  struct Watched {
    unsigned interest = kNone;
    unsigned told =
        kNone;  ///< what the system knows: at the end of a turn all of `interest`, and perhaps more
    const Handler* handler = nullptr;
  };

  PollSet(boost::asio::io_context& context, int fd);
  void wait();
  void serve();
  void tell_soon(int fd);
  void tell_changes();
  void tell(int fd, Watched& watched);

  boost::asio::posix::stream_descriptor epoll_;
  std::unordered_map<int, Watched> watched_;
  std::vector<int> changed_;  ///< perhaps; told at the end of the turn
  /// What is posted to the loop may outlive this.
  std::shared_ptr<PollSet*> self_ = std::make_shared<PollSet*>(this);
};

}  // namespace wws::egress

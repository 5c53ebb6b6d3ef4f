#include "egress/poll_set.h"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/file.h"
#include "base/log.h"

namespace wws::egress {
namespace {

/// In one turn of the loop, so that others have theirs.
constexpr int kMostAtOnce = 64;

std::uint32_t to_epoll(unsigned interest) {
  std::uint32_t events = 0;
  if ((interest & PollSet::kRead) != 0) events |= EPOLLIN;
  if ((interest & PollSet::kWrite) != 0) events |= EPOLLOUT;
  return events;
}

unsigned from_epoll(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return PollSet::kRead | PollSet::kWrite;
  unsigned ready = PollSet::kNone;
  if ((events & EPOLLIN) != 0) ready |= PollSet::kRead;
  if ((events & EPOLLOUT) != 0) ready |= PollSet::kWrite;
  return ready;
}

}  // namespace

Result<std::unique_ptr<PollSet>> PollSet::create(boost::asio::io_context& context) {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return fail(ErrorCode::kIo, "epoll: " + base::errno_text(errno));
  std::unique_ptr<PollSet> set(new PollSet(context, fd));
  set->wait();
  return set;
}

PollSet::PollSet(boost::asio::io_context& context, int fd) : epoll_(context, fd) {}

void PollSet::set(int fd, unsigned interest, const Handler& handler) {
  Watched& watched = watched_[fd];
  watched.interest = interest;
  watched.handler = &handler;
  if ((watched.interest & ~watched.told) != 0) tell_soon(fd);
}

void PollSet::forget(int fd) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;
  found->second.interest = kNone;
  tell(fd, found->second);
  watched_.erase(found);
}

void PollSet::tell_soon(int fd) {
  changed_.push_back(fd);
  if (changed_.size() > 1) return;
  boost::asio::post(epoll_.get_executor(), [weak = std::weak_ptr(self_)] {
    if (const auto self = weak.lock()) (*self)->tell_changes();
  });
}

void PollSet::tell_changes() {
  for (const int fd : std::exchange(changed_, {})) {
    if (const auto found = watched_.find(fd); found != watched_.end()) tell(fd, found->second);
  }
}

void PollSet::tell(int fd, Watched& watched) {
  if (watched.interest == watched.told) return;
  epoll_event event{};
  event.events = to_epoll(watched.interest);
  event.data.fd = fd;
  const int operation = watched.interest == kNone ? EPOLL_CTL_DEL
                        : watched.told == kNone   ? EPOLL_CTL_ADD
                                                  : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_.native_handle(), operation, fd, &event) != 0 && operation != EPOLL_CTL_DEL)
    log::error("epoll: {}", base::errno_text(errno));
  watched.told = watched.interest;
}

void PollSet::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](boost::system::error_code error) {
                      if (error) return;  // it goes
                      serve();
                      wait();
                    });
}

void PollSet::serve() {
  std::array<epoll_event, kMostAtOnce> events{};
  const int count = epoll_wait(epoll_.native_handle(), events.data(), kMostAtOnce, 0);
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    const unsigned ready = from_epoll(events[static_cast<std::size_t>(i)].events);
    const auto found = watched_.find(fd);  // a handler before may have ended it
    if (found == watched_.end()) continue;
    Watched& watched = found->second;
    if (const unsigned wanted = ready & watched.interest; wanted != 0) {
      (*watched.handler)(fd, wanted);
    } else {
      tell(fd, watched);
    }
  }
}

}  // namespace wws::egress

#include "egress/poll_set.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "base/file.h"

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
  epoll_event event{};
  event.events = to_epoll(interest);
  event.data.fd = fd;
  if (interest == kNone) {
    // One that is closed already has left by itself.
    if (watched_.erase(fd) > 0) epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, fd, &event);
    return;
  }
  const bool is_new = !watched_.contains(fd);
  watched_[fd] = {interest, &handler};
  int done = epoll_ctl(epoll_.native_handle(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
  if (done != 0 && errno == EEXIST) done = epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, fd, &event);
  if (done != 0 && errno == ENOENT) epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event);
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
    const auto found = watched_.find(fd);  // a handler before may have ended it
    if (found == watched_.end()) continue;
    (*found->second.handler)(fd, from_epoll(events[static_cast<std::size_t>(i)].events));
  }
}

}  // namespace wws::egress

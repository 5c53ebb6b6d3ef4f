#include "base/line_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wws::base {
namespace {

using std::chrono::milliseconds;

/// From one flush_if_due() that writes to the next.
constexpr milliseconds kHold{50};
constexpr milliseconds kHoldAwaited{2};
/// So many bytes leave at once: with the line that reaches it they are not more than Output writes in one
/// call.
constexpr std::size_t kEnough = std::size_t{48} << 10;
/// Between attempts while nobody reads; doubled each time.
constexpr milliseconds kFirstPause{2};
constexpr milliseconds kLongestPause{128};

/// Errors that go by: somebody reads again, or makes room on the disk.
bool may_pass(int error) noexcept {
  switch (error) {
    case 0:
    case EAGAIN:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOBUFS:
    case ENOMEM:
      return true;
    default:
      return false;
  }
}

}  // namespace

void LineSink::put(std::string_view line) noexcept {
  char* place = room(line.size() + 1);
  if (place == nullptr) return;
  std::memcpy(place, line.data(), line.size());
  place[line.size()] = '\n';
  take(line.size() + 1);
}

char* DirectSink::room(std::size_t most) noexcept {
  if (line_.size() < most) line_.resize(most);
  return line_.data();
}

void DirectSink::take(std::size_t size) noexcept {
  // One write a line: lines of several processes do not mix.
  std::string_view rest(line_.data(), size);
  while (!rest.empty()) {
    const ssize_t count = ::write(fd_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd waited = {fd_, POLLOUT, 0};
      poll(&waited, 1, -1);
    } else if (errno != EINTR) {
      return;  // closed or full: the line is lost, and nothing else
    }
  }
}

BufferedSink::BufferedSink(Output output, std::size_t capacity, Notice notice)
    : output_(output), capacity_(capacity), notice_(notice), buffer_(new char[capacity]) {}

char* BufferedSink::room(std::size_t most) noexcept {
  if (is_empty() && dropped_ > 0) tell_dropped();
  if (!dropping_ && !has_room(most) && !blocked_) flush();
  if (!dropping_ && has_room(most)) return buffer_.get() + end_;
  dropping_ = true;
  ++dropped_;
  ++dropped_in_all_;
  return nullptr;
}

bool BufferedSink::has_room(std::size_t most) noexcept {
  if (capacity_ - end_ >= most) return true;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    notice_end_ -= std::min(notice_end_, begin_);
    begin_ = 0;
  }
  return capacity_ - end_ >= most;
}

void BufferedSink::put(std::string_view line) noexcept {
  is_awaited_ = true;
  LineSink::put(line);
}

void BufferedSink::take(std::size_t size) noexcept {
  end_ += size;
  if (!blocked_ && end_ - begin_ >= kEnough) flush();
}

/// Writes what is there; the error that stopped it, or 0.
int BufferedSink::write_out() noexcept {
  while (begin_ < end_) {
    const auto written = output_.write({buffer_.get() + begin_, end_ - begin_});
    if (written.error != 0) return written.error;
    if (written.count > 0) pause_ = Duration(0);
    begin_ += written.count;
  }
  begin_ = end_ = notice_end_ = 0;
  return 0;
}

void BufferedSink::flush() noexcept {
  is_awaited_ = false;
  int error = write_out();
  if (dropped_ > 0 && may_pass(error) && end_ - begin_ <= capacity_ / 2) {
    tell_dropped();
    if (error == 0) error = write_out();
  }
  blocked_ = error != 0 && may_pass(error);
  if (blocked_) {
    pause_ = std::clamp<Duration>(pause_ * 2, kFirstPause, kLongestPause);
  } else if (error != 0) {
    give_up();  // nobody is there to read it: the terminal or the other end of the pipe is gone
  }
}

void BufferedSink::give_up() noexcept {
  const char* bytes = buffer_.get();
  auto lost = static_cast<std::uint64_t>(std::count(bytes + begin_, bytes + end_, '\n'));
  // A notice is no line of anyone's: what it told is to be told again.
  const bool has_notice = begin_ < notice_end_;
  if (has_notice) --lost;
  dropped_in_all_ += lost;
  dropped_ += lost + (has_notice ? told_ : 0);
  begin_ = end_ = notice_end_ = 0;
  dropping_ = false;
}

/// A line in the place of those that are missing.
void BufferedSink::tell_dropped() noexcept {
  if (begin_ < notice_end_) return;  // one at a time
  std::string line = notice_(dropped_);
  if (line.empty()) {
    dropping_ = false;
    return;
  }
  line += '\n';
  if (!has_room(line.size())) return;
  std::memcpy(buffer_.get() + end_, line.data(), line.size());
  end_ += line.size();
  notice_end_ = end_;
  told_ = std::exchange(dropped_, 0);
  dropping_ = false;
}

Duration BufferedSink::hold() const noexcept {
  if (blocked_) return pause_;
  return is_awaited_ ? kHoldAwaited : kHold;
}

void BufferedSink::flush_if_due(Instant now) noexcept {
  if (is_empty() || now - written_at_ < hold()) return;
  flush();
  written_at_ = now;
}

std::optional<Duration> BufferedSink::sleep_limit() const noexcept {
  if (is_empty()) return std::nullopt;
  return hold();
}

void BufferedSink::flush_last_words() noexcept { (void)write_out(); }

}  // namespace wws::base

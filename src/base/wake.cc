#include "base/wake.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace wws::base {

Result<Wake> Wake::make() {
  File event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (event) return Wake(std::move(event));
  const int error = errno;
  return fail(ErrorCode::kIo, fmt::format("cannot make an eventfd: {}", errno_text(error)));
}

// Both can only fail with EAGAIN, which means that it is as it should be.
void Wake::notify() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_.fd(), &one, sizeof one);
}

void Wake::clear() const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_.fd(), &count, sizeof count);
}

}  // namespace wws::base

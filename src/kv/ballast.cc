#include "kv/ballast.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace wws::kv {

Result<Ballast> Ballast::open(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFileName;
  base::File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) {
    const int error = errno;
    return fail(ErrorCode::kIo, fmt::format("cannot open '{}': {}", path.string(), base::errno_text(error)));
  }
  return Ballast(std::move(file));
}

bool Ballast::take() noexcept {
  held_ = ::posix_fallocate(file_.fd(), 0, 2 * kBytes) == 0 && ::ftruncate(file_.fd(), kBytes) == 0;
  if (!held_) release();
  return held_;
}

void Ballast::release() noexcept {
  held_ = false;
  // A failure leaves the disk as full as it is; there is nobody to tell.
  [[maybe_unused]] const int ignored = ::ftruncate(file_.fd(), 0);
}

}  // namespace wws::kv

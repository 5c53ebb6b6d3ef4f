#include "store/version_page.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace wws::store {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

std::unexpected<Error> failed() {
  return fail(ErrorCode::kIo, "no shared memory for the key-value store: " + base::errno_text(errno));
}

}  // namespace

Result<VersionPage> VersionPage::create(std::size_t spaces) {
  base::File memory(memfd_create("wws-versions", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ftruncate(memory.fd(), static_cast<off_t>(bytes(spaces))) != 0 ||
      fcntl(memory.fd(), F_ADD_SEALS, kSeals) != 0)
    return failed();
  return open(std::move(memory), spaces, Access::kWrite);
}

Result<VersionPage> VersionPage::open(base::File memory, std::size_t spaces, Access access) {
  struct stat status{};
  if (fstat(memory.fd(), &status) != 0) return failed();
  if (status.st_size != static_cast<off_t>(bytes(spaces)) || fcntl(memory.fd(), F_GET_SEALS) != kSeals)
    return fail(ErrorCode::kInternal, "channel: the shared memory is none of versions");
  const int protection = access == Access::kWrite ? PROT_READ | PROT_WRITE : PROT_READ;
  void* place = mmap(nullptr, bytes(spaces), protection, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return failed();
  return VersionPage(std::move(memory), static_cast<Words*>(place), spaces);
}

VersionPage::VersionPage(VersionPage&& other) noexcept
    : memory_(std::move(other.memory_)),
      words_(std::exchange(other.words_, nullptr)),
      spaces_(other.spaces_) {}

VersionPage::~VersionPage() {
  if (words_ != nullptr) munmap(words_, bytes(spaces_));
}

Result<base::File> VersionPage::open_for_reading() const {
  base::File file(::open(fmt::format("/proc/self/fd/{}", memory_.fd()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed();
  return file;
}

}  // namespace wws::store

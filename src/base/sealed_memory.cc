#include "base/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace wws::base {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

}  // namespace

Result<File> make_sealed_memory(const char* name, std::size_t size) {
  File memory(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ftruncate(memory.fd(), static_cast<off_t>(size)) != 0 ||
      fcntl(memory.fd(), F_ADD_SEALS, kSeals) != 0)
    return fail(ErrorCode::kIo, "no shared memory: " + errno_text(errno));
  return memory;
}

bool is_sealed_memory(const File& memory, std::size_t size) noexcept {
  struct stat status{};
  return fstat(memory.fd(), &status) == 0 && status.st_size == static_cast<off_t>(size) &&
         fcntl(memory.fd(), F_GET_SEALS) == kSeals;
}

}  // namespace wws::base

#include "runtime/process_status.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace wws::runtime {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

std::unexpected<Error> failed() {
  return fail(ErrorCode::kIo, "no shared memory: " + base::errno_text(errno));
}

}  // namespace

Result<ProcessStatus> ProcessStatus::create() {
  base::File memory(memfd_create("wws-status", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ftruncate(memory.fd(), sizeof(Page)) != 0 || fcntl(memory.fd(), F_ADD_SEALS, kSeals) != 0)
    return failed();
  return open(std::move(memory));
}

Result<ProcessStatus> ProcessStatus::open(base::File memory) {
  struct stat status{};
  if (fstat(memory.fd(), &status) != 0) return failed();
  if (status.st_size != sizeof(Page) || fcntl(memory.fd(), F_GET_SEALS) != kSeals)
    return fail(ErrorCode::kInternal, "channel: the shared memory is not a status page");
  void* place = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return failed();
  // Nothing is written here: the other process may have.
  return ProcessStatus(std::move(memory), static_cast<Page*>(place));
}

ProcessStatus::ProcessStatus(ProcessStatus&& other) noexcept
    : memory_(std::move(other.memory_)), page_(std::exchange(other.page_, nullptr)) {}

ProcessStatus::~ProcessStatus() {
  if (page_ != nullptr) munmap(page_, sizeof(Page));
}

std::optional<std::uint32_t> ProcessStatus::running_module(std::uint32_t modules) const noexcept {
  const std::uint32_t value = get(page_->module);
  if (value == 0 || value > modules) return std::nullopt;
  return value - 1;
}

}  // namespace wws::runtime

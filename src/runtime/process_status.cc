#include "runtime/process_status.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "base/sealed_memory.h"

namespace wws::runtime {

Result<ProcessStatus> ProcessStatus::create() {
  auto memory = base::make_sealed_memory("wws-status", sizeof(Page));
  if (!memory) return fail(memory);
  return open(std::move(*memory));
}

Result<ProcessStatus> ProcessStatus::open(base::File memory) {
  if (!base::is_sealed_memory(memory, sizeof(Page)))
    return fail(ErrorCode::kInternal, "channel: the shared memory is not a status page");
  void* place = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return fail(ErrorCode::kIo, "no shared memory: " + base::errno_text(errno));
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

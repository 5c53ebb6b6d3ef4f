#include "runtime/running_module.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace wws::runtime {

Result<RunningModule> RunningModule::create() {
  base::File memory(memfd_create("wws-running", MFD_CLOEXEC));
  if (!memory || ftruncate(memory.fd(), sizeof(Word)) != 0)
    return fail(ErrorCode::kIo, "no shared memory: " + base::errno_text(errno));
  return open(std::move(memory));
}

Result<RunningModule> RunningModule::open(base::File memory) {
  void* place = mmap(nullptr, sizeof(Word), PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return fail(ErrorCode::kIo, "no shared memory: " + base::errno_text(errno));
  // The file's zeros are a valid word; nothing is written here, since the other process may have.
  return RunningModule(std::move(memory), static_cast<Word*>(place));
}

RunningModule::RunningModule(RunningModule&& other) noexcept
    : memory_(std::move(other.memory_)), word_(std::exchange(other.word_, nullptr)) {}

RunningModule::~RunningModule() {
  if (word_ != nullptr) munmap(word_, sizeof(Word));
}

std::optional<std::uint32_t> RunningModule::get() const noexcept {
  const std::uint32_t value = word();
  if (value == 0) return std::nullopt;
  return value - 1;
}

}  // namespace wws::runtime

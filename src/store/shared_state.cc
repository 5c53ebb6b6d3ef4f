#include "store/shared_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/sealed_memory.h"

namespace wws::store {
namespace {

std::unexpected<Error> failed() {
  return fail(ErrorCode::kIo, "no shared memory for the key-value store: " + base::errno_text(errno));
}

}  // namespace

Result<SharedState> SharedState::create(std::size_t spaces) {
  constexpr const char* kName = "wws-store";
  auto memory = base::make_sealed_memory(kName, bytes({spaces}));
  if (!memory) {
    log::warn("the key-value store shares no records, and is asked for each: {}", memory.error().message);
    memory = base::make_sealed_memory(kName, bytes(no_records(spaces)));
  }
  if (!memory) return fail(memory);
  return open(std::move(*memory), spaces, Access::kWrite);
}

Result<SharedState> SharedState::open(base::File memory, std::size_t spaces, Access access) {
  SharedRecords::Size size{spaces};
  if (!base::is_sealed_memory(memory, bytes(size))) size = no_records(spaces);
  if (!base::is_sealed_memory(memory, bytes(size)))
    return fail(ErrorCode::kInternal, "channel: the shared memory is not that of a store");
  const int protection = access == Access::kWrite ? PROT_READ | PROT_WRITE : PROT_READ;
  void* place = mmap(nullptr, bytes(size), protection, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return failed();
  return SharedState(std::move(memory), static_cast<Words*>(place), spaces, size);
}

SharedState::SharedState(SharedState&& other) noexcept
    : memory_(std::move(other.memory_)),
      words_(std::exchange(other.words_, nullptr)),
      spaces_(other.spaces_),
      records_(std::move(other.records_)) {}

SharedState::~SharedState() {
  if (words_ != nullptr) munmap(words_, bytes(records_.size()));
}

Result<base::File> SharedState::open_for_reading() const {
  base::File file(::open(fmt::format("/proc/self/fd/{}", memory_.fd()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed();
  return file;
}

}  // namespace wws::store

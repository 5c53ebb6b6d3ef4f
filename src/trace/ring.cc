#include "trace/ring.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/sealed_memory.h"

namespace wws::trace {

/// The file's zeros are an empty ring. Each number only grows; the places are their remainders.
struct Ring::Memory {
  alignas(64) std::atomic<std::uint64_t> written;
  alignas(64) std::atomic<std::uint64_t> read;
  alignas(64) std::array<SpanRecord, kRecords> records;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert((Ring::kRecords & (Ring::kRecords - 1)) == 0, "a power of two");

Result<Ring> Ring::create() {
  auto memory = base::make_sealed_memory("wws-spans", sizeof(Memory));
  if (!memory) return fail(memory);
  return open(std::move(*memory));
}

Result<Ring> Ring::open(base::File memory) {
  if (!base::is_sealed_memory(memory, sizeof(Memory)))
    return fail(ErrorCode::kInternal, "channel: the shared memory is none of spans");
  void* place = mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED)
    return fail(ErrorCode::kIo, "no shared memory for spans: " + base::errno_text(errno));
  return Ring(std::move(memory), static_cast<Memory*>(place));
}

Ring::Ring(Ring&& other) noexcept
    : memory_(std::move(other.memory_)), shared_(std::exchange(other.shared_, nullptr)) {}

Ring::~Ring() {
  if (shared_ != nullptr) munmap(shared_, sizeof(Memory));
}

SpanRecord* Ring::room() noexcept {
  const std::uint64_t written = shared_->written.load(std::memory_order_relaxed);
  // A reader that says it has read more than there was is one of a full ring.
  if (written - shared_->read.load(std::memory_order_acquire) >= kRecords) return nullptr;
  return &shared_->records[written % kRecords];
}

void Ring::publish() noexcept {
  shared_->written.store(shared_->written.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

std::uint64_t Ring::size() const noexcept {
  const std::uint64_t waiting =
      shared_->written.load(std::memory_order_acquire) - shared_->read.load(std::memory_order_relaxed);
  return std::min(waiting, kRecords);
}

bool Ring::take(SpanRecord& record) noexcept {
  const std::uint64_t read = shared_->read.load(std::memory_order_relaxed);
  const std::uint64_t written = shared_->written.load(std::memory_order_acquire);
  if (read == written) return false;
  if (written - read > kRecords) {
    // No writer of ours does that.
    shared_->read.store(written, std::memory_order_release);
    return false;
  }
  record = shared_->records[read % kRecords];
  shared_->read.store(read + 1, std::memory_order_release);
  return true;
}

Result<std::shared_ptr<Ring>> RingPool::take() {
  const auto free = std::ranges::find_if(rings_, [](const auto& ring) { return ring.use_count() == 1; });
  if (free != rings_.end()) return *free;
  auto made = Ring::create();
  if (!made) return fail(made);
  rings_.push_back(std::make_shared<Ring>(std::move(*made)));
  if (on_new_) on_new_(*rings_.back());
  return rings_.back();
}

}  // namespace wws::trace

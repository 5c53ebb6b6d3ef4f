#include "metrics/block.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "base/sealed_memory.h"
#include "metrics/totals.h"

namespace wws::metrics {
namespace {

std::unexpected<Error> failed() {
  return fail(ErrorCode::kIo, "no shared memory for metrics: " + base::errno_text(errno));
}

}  // namespace

Result<Block> Block::create() {
  auto memory = base::make_sealed_memory("wws-metrics", sizeof(Page));
  if (!memory) return fail(memory);
  return open(std::move(*memory), Access::kWrite);
}

Result<Block> Block::open(base::File memory, Access access) {
  if (!base::is_sealed_memory(memory, sizeof(Page)))
    return fail(ErrorCode::kInternal, "channel: the shared memory is none of metrics");
  const int protection = access == Access::kWrite ? PROT_READ | PROT_WRITE : PROT_READ;
  void* place = mmap(nullptr, sizeof(Page), protection, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return failed();
  // Nothing is written here: the process before may have.
  return Block(std::move(memory), static_cast<Page*>(place));
}

Block::Block(Block&& other) noexcept
    : memory_(std::move(other.memory_)), page_(std::exchange(other.page_, nullptr)) {}

Block::~Block() {
  if (page_ != nullptr) munmap(page_, sizeof(Page));
}

Result<base::File> Block::open_for_reading() const {
  base::File file(::open(fmt::format("/proc/self/fd/{}", memory_.fd()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed();
  return file;
}

void Block::clear_gauges() const noexcept {
  for (Cell& gauge : page_->gauges) gauge.store(0, std::memory_order_relaxed);
}

void Block::put(std::span<const std::uint64_t> values) const noexcept {
  // A page is nothing but numbers, one behind the other (layout.cc).
  Cell* cells = reinterpret_cast<Cell*>(page_);
  for (std::size_t i = 0; i < values.size() && i < sizeof(Page) / sizeof(Cell); ++i)
    cells[i].store(values[i], std::memory_order_relaxed);
}

void Block::add_to(Totals& totals) const noexcept { totals.add(*page_); }

}  // namespace wws::metrics

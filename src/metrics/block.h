// The numbers of one process, in memory that it shares with who sums them up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "metrics/registry.h"

namespace wws::metrics {

class Totals;

/// One writer, who needs neither a lock nor a system call: loads and stores are relaxed, and say nothing
/// about other memory. To readers each value is a number that a stranger chose.
using Cell = std::atomic<std::uint64_t>;
static_assert(Cell::is_always_lock_free);

struct HistogramCells {
  std::array<Cell, kBuckets> buckets;  ///< each for itself, not cumulated
  Cell nanoseconds;                    ///< the sum
};

struct RouteCells {
  std::array<Cell, kClasses> requests;
  HistogramCells duration;
  Cell cpu_nanoseconds;
  Cell instance_nanoseconds;
  Cell failures;      ///< answers that say that the worker failed: not those of a server with too much to do
  Cell memory_bytes;  ///< the most that a guest had
};

/// The file's zeros are a block of a process that has not begun.
struct Page {
  std::array<Cell, kCountOf<Counter>> counters;
  std::array<HistogramCells, kCountOf<Histogram>> histograms;
  std::array<RouteCells, kSlots> routes;
  std::array<Cell, kCountOf<Gauge>> gauges;
};

/// Writes to a block, or to nothing where there is none. A value, to be copied to all who count something;
/// the block outlives it. The one thread of a serving process.
class Recorder {
 public:
  Recorder() = default;

  /// Whether anybody is interested: what costs something need not be found out else.
  [[nodiscard]] bool is_on() const noexcept { return page_ != nullptr; }

  void add(Counter counter, std::uint64_t count = 1) const noexcept {
    if (page_ != nullptr) grow(page_->counters[static_cast<std::size_t>(counter)], count);
  }
  /// For one that is counted elsewhere.
  void set(Counter counter, std::uint64_t value) const noexcept {
    if (page_ != nullptr) put(page_->counters[static_cast<std::size_t>(counter)], value);
  }
  void set(Gauge gauge, std::uint64_t value) const noexcept {
    if (page_ != nullptr) put(page_->gauges[static_cast<std::size_t>(gauge)], value);
  }
  void observe(Histogram histogram, base::Duration time) const noexcept {
    if (page_ == nullptr) return;
    HistogramCells& cells = page_->histograms[static_cast<std::size_t>(histogram)];
    put_into(cells, time, is_fine(histogram) ? kFiner : 1);
  }

  /// A request that is over.
  void request(RouteSlot slot, int status, base::Duration time) const noexcept {
    if (page_ == nullptr) return;
    RouteCells& route = cells(slot);
    grow(route.requests[class_of(status)], 1);
    if (is_failure(status)) grow(route.failures, 1);
    put_into(route.duration, time, 1);
  }
  /// A guest that is over.
  struct Use {
    base::Duration cpu{0};
    base::Duration held{0};
    std::uint64_t memory_bytes = 0;       ///< the most that it had
    std::optional<base::Duration> start;  ///< to make its instance, which came about
  };
  void guest(RouteSlot slot, const Use& use) const noexcept {
    if (page_ == nullptr) return;
    RouteCells& route = cells(slot);
    grow(route.cpu_nanoseconds, nanoseconds(use.cpu));
    grow(route.instance_nanoseconds, nanoseconds(use.held));
    if (use.memory_bytes > route.memory_bytes.load(std::memory_order_relaxed))
      put(route.memory_bytes, use.memory_bytes);
    if (use.start) observe(Histogram::kInstanceStart, *use.start);
  }

 private:
  friend class Block;
  explicit Recorder(Page* page) noexcept : page_(page) {}

  static void put(Cell& cell, std::uint64_t value) noexcept { cell.store(value, std::memory_order_relaxed); }
  static void grow(Cell& cell, std::uint64_t by) noexcept {
    put(cell, cell.load(std::memory_order_relaxed) + by);
  }
  static std::uint64_t nanoseconds(base::Duration time) noexcept {
    return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
  }
  static std::size_t class_of(int status) noexcept {
    const int number = status / 100;
    return number >= 1 && number <= static_cast<int>(kClasses) ? static_cast<std::size_t>(number - 1)
                                                               : kClasses - 1;
  }
  static bool is_failure(int status) noexcept { return status == 500 || status == 502 || status == 504; }
  static void put_into(HistogramCells& cells, base::Duration time, std::int64_t finer) noexcept {
    std::size_t bucket = 0;
    const std::int64_t scaled = time.count() * finer;
    while (bucket < kBounds.size() && scaled > kBounds[bucket]) ++bucket;
    grow(cells.buckets[bucket], 1);
    grow(cells.nanoseconds, nanoseconds(time));
  }
  [[nodiscard]] RouteCells& cells(RouteSlot slot) const noexcept {
    return page_->routes[slot < kSlots ? slot : kOtherSlot];
  }

  Page* page_ = nullptr;
};

/// The shared memory of a block. Sealed against becoming shorter, which would end whoever reads there.
///
/// The supervisor makes one for each serving process, and gives it to another process when that one is gone,
/// with the numbers that are in it: so sums over blocks only grow.
class Block {
 public:
  enum class Access { kRead, kWrite };

  /// kIo: the system has no memory for it.
  [[nodiscard]] static Result<Block> create();
  /// What another process created, by its descriptor. kInternal: it is no block.
  [[nodiscard]] static Result<Block> open(base::File memory, Access access);

  Block(Block&& other) noexcept;
  Block& operator=(Block&&) = delete;
  ~Block();

  /// To pass on to who writes.
  [[nodiscard]] int fd() const noexcept { return memory_.fd(); }
  /// To pass on to who reads: the same, for reading only.
  [[nodiscard]] Result<base::File> open_for_reading() const;

  /// Of a block with Access::kWrite.
  [[nodiscard]] Recorder recorder() const noexcept { return Recorder(page_); }
  /// Its process is gone: what that one had at the moment is no more.
  void clear_gauges() const noexcept;
  /// Has these numbers in it, in the order in which a Page has them; of a block with Access::kWrite.
  void put(std::span<const std::uint64_t> values) const noexcept;
  void add_to(Totals& totals) const noexcept;

 private:
  Block(base::File memory, Page* page) noexcept : memory_(std::move(memory)), page_(page) {}

  base::File memory_;
  Page* page_;
};

}  // namespace wws::metrics

// Spans of one process on their way to who sends them on, in memory that both share.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "trace/span_record.h"

namespace wws::trace {

/// One process writes, and one reads; neither waits for the other. To each the other is a stranger: whatever
/// that one writes, this one finds a full or an empty ring, or records of any content.
///
/// The supervisor makes one for each serving process, and gives it to another process when that one is gone:
/// what it had written is read all the same.
class Ring {
 public:
  static constexpr std::uint64_t kRecords = 2048;

  /// kIo: the system has no memory for it.
  [[nodiscard]] static Result<Ring> create();
  /// What another process created, by its descriptor. kInternal: it is no ring.
  [[nodiscard]] static Result<Ring> open(base::File memory);

  Ring(Ring&& other) noexcept;
  Ring& operator=(Ring&&) = delete;
  ~Ring();

  /// To pass on.
  [[nodiscard]] int fd() const noexcept { return memory_.fd(); }

  // --- who writes ---

  /// Where the next record goes, to be filled and then published; null: the ring is full.
  [[nodiscard]] SpanRecord* room() noexcept;
  void publish() noexcept;

  // --- who reads ---

  /// How many records wait.
  [[nodiscard]] std::uint64_t size() const noexcept;
  /// Takes the oldest record. False: there is none.
  [[nodiscard]] bool take(SpanRecord& record) noexcept;

 private:
  struct Memory;
  Ring(base::File memory, Memory* shared) noexcept : memory_(std::move(memory)), shared_(shared) {}

  base::File memory_;
  Memory* shared_;
};

/// Has the rings of all processes that there are or were. A process has its ring for as long as it holds it;
/// then another one may. One thread.
class RingPool {
 public:
  /// One that nobody holds, or a new one, of which `on_new` is told before. kIo: there is no memory.
  [[nodiscard]] Result<std::shared_ptr<Ring>> take();
  void set_on_new(std::function<void(const Ring&)> on_new) { on_new_ = std::move(on_new); }

  [[nodiscard]] const std::vector<std::shared_ptr<Ring>>& rings() const noexcept { return rings_; }

 private:
  std::vector<std::shared_ptr<Ring>> rings_;
  std::function<void(const Ring&)> on_new_;
};

}  // namespace wws::trace

// What a serving process lets the supervisor see of its work, without a message.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/result.h"

namespace wws::runtime {

/// A page of memory that one serving process and the supervisor share (docs/formats/channel.md).
///
/// The serving process writes: that its loop turns, whether it has work, whose guest runs. The supervisor
/// reads, at any time and after the process's end. To the supervisor each value is a number that a stranger
/// chose: it compares them, and checks them before it counts with them. The memory is sealed when it is made:
/// nobody can cut it short, which would end whoever reads there. Each process gets a page of its own. Loads
/// and stores are relaxed: the values say nothing about other memory.
class ProcessStatus {
  template <class Number>
  using Shared = std::atomic<Number>;
  static_assert(Shared<std::uint64_t>::is_always_lock_free && Shared<std::uint32_t>::is_always_lock_free);

  /// The file's zeros are a page of a process that has not begun.
  struct Page {
    Shared<std::uint64_t> turns;
    Shared<std::uint64_t> slices;
    Shared<std::uint32_t> work;
    Shared<std::uint32_t> module;  ///< 0: none runs; else its number and one
  };

  template <class Number>
  static Number get(const Shared<Number>& value) noexcept {
    return value.load(std::memory_order_relaxed);
  }
  template <class Number>
  static void put(Shared<Number>& place, Number value) noexcept {
    place.store(value, std::memory_order_relaxed);
  }
  /// There is one writer.
  static void add_one(Shared<std::uint64_t>& count) noexcept { put(count, get(count) + 1); }

 public:
  /// New shared memory, sealed. kIo: the system has none.
  [[nodiscard]] static Result<ProcessStatus> create();
  /// What another process created, by its descriptor. kIo: it is not such memory.
  [[nodiscard]] static Result<ProcessStatus> open(base::File memory);

  ProcessStatus(ProcessStatus&& other) noexcept;
  ProcessStatus& operator=(ProcessStatus&&) = delete;
  ~ProcessStatus();

  /// The descriptor to pass on.
  [[nodiscard]] int fd() const noexcept { return memory_.fd(); }

  /// The loop has turned once more.
  void turn() noexcept { add_one(page_->turns); }
  /// How often it has.
  [[nodiscard]] std::uint64_t turns() const noexcept { return get(page_->turns); }

  /// Whether there is work: the loop then turns once a second at the least, or it stands still.
  enum class Work : std::uint32_t { kNone, kSome };
  void set_work(Work work) noexcept { put(page_->work, static_cast<std::uint32_t>(work)); }
  [[nodiscard]] Work work() const noexcept { return get(page_->work) == 0 ? Work::kNone : Work::kSome; }

  /// Times that a guest was given the thread.
  [[nodiscard]] std::uint64_t slices() const noexcept { return get(page_->slices); }
  /// The module whose guest runs, or ran when its process ended; none, or no number of `modules` modules:
  /// std::nullopt.
  [[nodiscard]] std::optional<std::uint32_t> running_module(std::uint32_t modules) const noexcept;

  /// Says that a guest of a module runs, for as long as the mark lives. Marks nest. `status` may be null.
  class Mark {
   public:
    Mark(ProcessStatus* status, std::uint32_t module) noexcept
        : page_(status == nullptr ? nullptr : status->page_) {
      if (page_ == nullptr) return;
      before_ = get(page_->module);
      put(page_->module, module + 1);
      if (before_ == 0) add_one(page_->slices);
    }
    ~Mark() {
      if (page_ != nullptr) put(page_->module, before_);
    }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    Page* page_;
    std::uint32_t before_ = 0;
  };

 private:
  ProcessStatus(base::File memory, Page* page) noexcept : memory_(std::move(memory)), page_(page) {}

  base::File memory_;
  Page* page_;
};

}  // namespace wws::runtime

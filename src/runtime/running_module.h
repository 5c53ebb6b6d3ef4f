// Whose guest runs at this moment, told to the supervisor for the case that the process dies of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/file.h"
#include "base/result.h"

namespace wws::runtime {

/// The number of the module that a serving process runs, in memory that it shares with the supervisor:
/// after a crash it says whose guest ran. One writer, the serving process; read after its end.
class RunningModule {
 public:
  /// New shared memory. kIo: the system has none.
  [[nodiscard]] static Result<RunningModule> create();
  /// What another process created, by its descriptor.
  [[nodiscard]] static Result<RunningModule> open(base::File memory);

  RunningModule(RunningModule&& other) noexcept;
  RunningModule& operator=(RunningModule&&) = delete;
  ~RunningModule();

  /// The descriptor to pass on.
  [[nodiscard]] int fd() const noexcept { return memory_.fd(); }
  /// The module that runs, or ran when its process ended; none: std::nullopt.
  [[nodiscard]] std::optional<std::uint32_t> get() const noexcept;
  void clear() noexcept { set(0); }

  /// Says that a module runs, for as long as the mark lives. Marks nest. `running` may be null.
  class Mark {
   public:
    Mark(RunningModule* running, std::uint32_t module) noexcept : running_(running) {
      if (running_ == nullptr) return;
      before_ = running_->word();
      running_->set(module + 1);
    }
    ~Mark() {
      if (running_ != nullptr) running_->set(before_);
    }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    RunningModule* running_;
    std::uint32_t before_ = 0;
  };

 private:
  using Word = std::atomic<std::uint32_t>;
  static_assert(Word::is_always_lock_free);

  RunningModule(base::File memory, Word* word) noexcept : memory_(std::move(memory)), word_(word) {}
  [[nodiscard]] std::uint32_t word() const noexcept { return word_->load(std::memory_order_relaxed); }
  void set(std::uint32_t value) noexcept { word_->store(value, std::memory_order_relaxed); }

  base::File memory_;
  Word* word_;  ///< 0: none runs; else its number and one
};

}  // namespace wws::runtime

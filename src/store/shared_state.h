// What the store child lets all serving processes see.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/file.h"
#include "base/result.h"
#include "kv/operation.h"
#include "store/shared_records.h"

namespace wws::store {

/// Memory that the store child writes and serving processes read: a word for the version of each namespace,
/// one for how many wait for their turn there, and records.
///
/// The store child writes records and then the version before it tells anybody of the write, and kChanging
/// before both. So whoever has seen a write acknowledged sees its version here, and what a serving process
/// keeps is true for as long as the version is the one that it was kept with. Sealed against becoming
/// shorter. Serving processes get a descriptor that is for reading only. Any thread; records have one writer.
class SharedState {
 public:
  enum class Access { kRead, kWrite };

  /// New memory for `spaces` namespaces, all of version 0. Where the system does not give enough of it, as
  /// with a limit on the size of files, there is none for records, and those are asked for.
  [[nodiscard]] static Result<SharedState> create(std::size_t spaces);
  /// What another process created. kInternal: it is not such memory, or too little.
  [[nodiscard]] static Result<SharedState> open(base::File memory, std::size_t spaces, Access access);

  SharedState(SharedState&& other) noexcept;
  SharedState& operator=(SharedState&&) = delete;
  ~SharedState();

  /// To pass on to the store child.
  [[nodiscard]] int fd() const noexcept { return memory_.fd(); }
  /// To pass on to a serving process: the same, for reading only.
  [[nodiscard]] Result<base::File> open_for_reading() const;

  /// Which store child writes here: each has a number of its own. What one of them said of versions is
  /// nothing to the next, whose store may have begun anew.
  [[nodiscard]] std::uint64_t epoch() const noexcept {
    return words_[spaces_].version.load(std::memory_order_acquire);
  }
  /// To be called by a store child before it writes anything else, and when it gives up the store.
  void begin_epoch() {
    words_[spaces_].version.fetch_add(1, std::memory_order_acq_rel);
    records_.begin();
  }

  /// Of a namespace that others write to as well: nothing that was read there is known to be true any more,
  /// and nothing is kept, since no record has this version.
  static constexpr kv::Version kOfOthers = ~kv::Version{0};

  /// Of a namespace whose records are being written here: some may be new already. No record has it either.
  static constexpr kv::Version kChanging = kOfOthers - 1;

  [[nodiscard]] const SharedRecords& records() const noexcept { return records_; }
  [[nodiscard]] SharedRecords& records() noexcept { return records_; }

  /// `space` is below the number that it was made for.
  [[nodiscard]] kv::Version version(std::size_t space) const noexcept {
    return words_[space].version.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool is_crowded(std::size_t space) const noexcept {
    return words_[space].waiting.load(std::memory_order_relaxed) > 0;
  }
  void set_version(std::size_t space, kv::Version version) noexcept {
    words_[space].version.store(version, std::memory_order_release);
  }
  void set_waiting(std::size_t space, std::uint64_t waiting) noexcept {
    words_[space].waiting.store(waiting, std::memory_order_relaxed);
  }

 private:
  struct Words {
    std::atomic<kv::Version> version;
    std::atomic<std::uint64_t> waiting;
  };
  static_assert(std::atomic<kv::Version>::is_always_lock_free);

  SharedState(base::File memory, Words* words, std::size_t spaces, const SharedRecords::Size& size) noexcept
      : memory_(std::move(memory)),
        words_(words),
        spaces_(spaces),
        records_(reinterpret_cast<SharedRecords::Word*>(words + spaces + 1), size) {}
  /// Words of the namespaces, of the epoch, and then records.
  [[nodiscard]] static constexpr std::size_t bytes(const SharedRecords::Size& size) noexcept {
    return (size.spaces + 1) * sizeof(Words) + SharedRecords::words(size) * sizeof(SharedRecords::Word);
  }
  [[nodiscard]] static constexpr SharedRecords::Size no_records(std::size_t spaces) noexcept {
    return {.spaces = spaces, .ring_words = 0, .buckets = 0};
  }

  base::File memory_;
  Words* words_;
  std::size_t spaces_;
  SharedRecords records_;
};

}  // namespace wws::store

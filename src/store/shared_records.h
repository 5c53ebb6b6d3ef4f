// Records of the store that serving processes read in place.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kv/operation.h"

namespace wws::store {

/// Durable records in memory that the store child writes and serving processes read: what one of them has not
/// kept need not be asked for.
///
/// A ring of entries, and a table of where they are. A record that fits where its key had one is written over
/// it; else it is a new entry, which takes the room of the oldest ones. Nobody waits: a reader copies an
/// entry and then looks whether it was written meanwhile. For that each entry has a number, odd while it is
/// written (a seqlock, as in H.-J. Boehm, "Can seqlocks get along with programming language memory models?",
/// MSPC 2012), and the ring has one that says how much was ever written.
///
/// One writer at a time, with one thread; any number of readers. The memory outlives all of them.
class SharedRecords {
 public:
  using Word = std::atomic<std::uint64_t>;
  static_assert(Word::is_always_lock_free);

  struct Size {
    std::size_t spaces = 0;
    std::size_t ring_words = std::size_t{2} << 20;  ///< 16 MiB
    std::size_t buckets = std::size_t{16} << 10;    ///< of kWays entries each
  };
  static constexpr std::size_t kWays = 8;
  /// Larger ones are in no ring, but asked for.
  static constexpr std::size_t kMostEntryBytes = std::size_t{64} << 10;

  /// How many words memory of this size has.
  [[nodiscard]] static constexpr std::size_t words(const Size& size) noexcept {
    return kFirstWords + size.spaces + size.buckets * kWays + size.ring_words;
  }
  /// `memory` has words(size), which were zeros once. With a ring of 0 words nothing is ever known here.
  SharedRecords(Word* memory, const Size& size) noexcept;
  [[nodiscard]] const Size& size() const noexcept { return size_; }

  /// For a writer, before anything else: nothing is there, whatever another writer left.
  void begin();
  /// What the key has from now on; null: nothing.
  void put(std::uint16_t space, std::string_view key, const kv::RecordPtr& record) noexcept;
  /// All that the namespace has was put, so that what is not found is not there. Until something of it has to
  /// make room. Once in a namespace after begin().
  void set_complete(std::uint16_t space) noexcept;
  /// Whether nothing of the namespace had to make room since begin().
  [[nodiscard]] bool has_lost(std::uint16_t space) const noexcept { return lost_[space]; }

  /// What the key has: a record, or null for none. std::nullopt: not known here. The record may be one that
  /// has expired.
  [[nodiscard]] std::optional<kv::RecordPtr> find(std::uint16_t space, std::string_view key) const;

 private:
  /// The first words of the memory.
  enum First : std::size_t { kHead, kWriter, kFirstWords = 8 };
  enum class Seen { kRecord, kAnotherKey, kChanging };
  /// Where something is in the ring, counted in words from when the memory was made.
  using Place = std::uint64_t;

  [[nodiscard]] Word* entry(Place place) const noexcept { return ring_ + place % size_.ring_words; }
  [[nodiscard]] Word* bucket(std::uint64_t hash) const noexcept {
    return table_ + hash % size_.buckets * kWays;
  }
  [[nodiscard]] Seen read(Place place, std::uint16_t space, std::string_view key,
                          kv::RecordPtr& record) const;
  [[nodiscard]] Word* find_slot(std::uint64_t hash, std::uint16_t space, std::string_view key) const noexcept;
  [[nodiscard]] Word* make_slot(std::uint64_t hash) noexcept;
  [[nodiscard]] Place reserve(std::size_t words) noexcept;
  void leave_oldest() noexcept;
  void lose(std::uint16_t space) noexcept;

  Size size_;
  Word* first_;
  Word* complete_;  ///< by namespace: the writer's number; 0: not all is here
  Word* table_;
  Word* ring_;
  // The writer's.
  Place oldest_ = 0;        ///< entry
  std::vector<bool> lost_;  ///< by namespace
};

}  // namespace wws::store

#include "store/shared_records.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace wws::store {
namespace {

using Word = SharedRecords::Word;

/// The first words of an entry; key, metadata and value follow, each from the start of a word.
enum Field : std::size_t {
  kCount,    ///< odd: it is being written
  kRoom,     ///< words of the entry, and whose it is; written once
  kVersion,  ///< 0: there is no such key
  kExpiry,
  kLengths,
  kText,
};

constexpr std::uint64_t kNoExpiry = std::uint64_t{1} << 63;
constexpr std::uint32_t kNobody = 0xFFFF'FFFF;  ///< of words at the end of the ring that no entry fits in

constexpr std::uint64_t both(std::uint64_t high, std::uint64_t low) { return high << 32 | low; }
constexpr std::uint32_t high(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
constexpr std::uint32_t low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }

/// An entry's word in the table: 16 bits of the key's hash, and where the entry is. 0: none.
constexpr unsigned kPlaceBits = 48;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kPlaceBits) - 1;
constexpr std::uint64_t slot_word(std::uint64_t hash, std::uint64_t place) {
  return (hash & ~kPlaceMask) | place;
}

constexpr std::size_t words_of(std::size_t bytes) { return (bytes + sizeof(Word) - 1) / sizeof(Word); }

/// Whoever makes many keys of one bucket makes that many records less that are here, and no more.
std::uint64_t hash_of(std::uint16_t space, std::string_view key) {
  return std::hash<std::string_view>()(key) ^ (std::uint64_t{space} + 1) * 0x9E37'79B9'7F4A'7C15U;
}

std::uint64_t word_at(std::string_view text, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, std::min(sizeof word, text.size() - at));
  return word;
}

/// Release: who sees one of these words sees that the entry is being written, or that its room was taken.
Word* write_text(Word* to, std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size(); at += sizeof(Word))
    (to++)->store(word_at(text, at), std::memory_order_release);
  return to;
}

const Word* read_text(const Word* from, std::size_t bytes, std::string& text) {
  text.resize(bytes);
  for (std::size_t at = 0; at < bytes; at += sizeof(Word)) {
    const std::uint64_t word = (from++)->load(std::memory_order_acquire);
    std::memcpy(text.data() + at, &word, std::min(sizeof word, bytes - at));
  }
  return from;
}

bool is_text(const Word* from, std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size(); at += sizeof(Word)) {
    if ((from++)->load(std::memory_order_acquire) != word_at(text, at)) return false;
  }
  return true;
}

/// The text of an entry, by its word kLengths: 16 bits for the key, 16 for metadata, 32 for the value.
struct Lengths {
  std::size_t key = 0;
  std::size_t metadata = 0;
  std::size_t value = 0;

  static Lengths of(std::uint64_t word) { return {high(word) >> 16, high(word) & 0xFFFF, low(word)}; }
  static Lengths of(std::string_view key, const kv::RecordPtr& record) {
    return record ? Lengths{key.size(), record->metadata.size(), record->value.size()}
                  : Lengths{key.size(), 0, 0};
  }
  [[nodiscard]] std::uint64_t word() const { return both(key << 16 | metadata, value); }
  /// Of an entry.
  [[nodiscard]] std::size_t words() const {
    return kText + words_of(key) + words_of(metadata) + words_of(value);
  }
};

/// `lengths`: those of the entry.
bool is_of(const Word* entry, const Lengths& lengths, std::uint16_t space, std::string_view key) noexcept {
  return high(entry[kRoom].load(std::memory_order_acquire)) == space && lengths.key == key.size() &&
         is_text(entry + kText, key);
}

/// Of an entry, so that some have room.
constexpr std::size_t most_words(const SharedRecords::Size& size) {
  return std::min(SharedRecords::kMostEntryBytes / sizeof(Word), size.ring_words / 4);
}

}  // namespace

SharedRecords::SharedRecords(Word* memory, const Size& size) noexcept
    : size_(size),
      first_(memory),
      complete_(first_ + kFirstWords),
      table_(complete_ + size.spaces),
      ring_(table_ + size.buckets * kWays) {}

void SharedRecords::begin() {
  lost_.assign(size_.spaces, false);
  first_[kWriter].fetch_add(1, std::memory_order_relaxed);
  // Places are never used again: who still reads one must not take what comes there for what was there.
  const Place left = first_[kHead].load(std::memory_order_relaxed);
  if (size_.ring_words == 0) return;
  oldest_ = (left / size_.ring_words + 1) * size_.ring_words;
  first_[kHead].store(oldest_, std::memory_order_release);
  if (left == 0) return;  // the memory is new, and stays untouched until it is needed
  for (Word* word = complete_; word != ring_; ++word) word->store(0, std::memory_order_release);
}

void SharedRecords::set_complete(std::uint16_t space) noexcept {
  if (size_.ring_words == 0) return;
  complete_[space].store(first_[kWriter].load(std::memory_order_relaxed), std::memory_order_release);
}

/// To be called before what is lost cannot be found any more.
void SharedRecords::lose(std::uint16_t space) noexcept {
  lost_[space] = true;
  complete_[space].store(0, std::memory_order_release);
}

// --- the writer ---

void SharedRecords::put(std::uint16_t space, std::string_view key, const kv::RecordPtr& record) noexcept {
  if (size_.ring_words == 0) return;
  const Lengths lengths = Lengths::of(key, record);
  const std::uint64_t hash = hash_of(space, key);
  Word* slot = find_slot(hash, space, key);
  if (lengths.words() > most_words(size_)) {
    lose(space);
    if (slot != nullptr) slot->store(0, std::memory_order_release);
    return;
  }
  Place place = slot == nullptr ? 0 : slot->load(std::memory_order_relaxed) & kPlaceMask;
  const bool is_new =
      place == 0 || low(entry(place)[kRoom].load(std::memory_order_relaxed)) < lengths.words();
  if (is_new) {
    // Some room to grow, as numbers do.
    constexpr std::size_t kStep = 4;
    const std::size_t room = (lengths.words() + lengths.words() / 8 + kStep - 1) / kStep * kStep;
    place = reserve(room);
    entry(place)[kRoom].store(both(space, room), std::memory_order_release);
  }
  Word* to = entry(place);
  // The count goes on from what another entry left there: whoever read a part of that sees another number.
  const std::uint64_t count = to[kCount].load(std::memory_order_relaxed) | 1;
  to[kCount].store(count, std::memory_order_release);
  to[kVersion].store(record ? record->version : 0, std::memory_order_release);
  to[kExpiry].store(record && record->expiry
                        ? static_cast<std::uint64_t>(record->expiry->time_since_epoch().count())
                        : kNoExpiry,
                    std::memory_order_release);
  to[kLengths].store(lengths.word(), std::memory_order_release);
  Word* text = write_text(to + kText, key);
  if (record) write_text(write_text(text, record->metadata), record->value);
  to[kCount].store(count + 1, std::memory_order_release);
  if (!is_new) return;
  if (slot == nullptr) slot = make_slot(hash);
  slot->store(slot_word(hash, place), std::memory_order_release);
}

/// Of the key's entry; null: it has none.
Word* SharedRecords::find_slot(std::uint64_t hash, std::uint16_t space, std::string_view key) const noexcept {
  Word* const begin = bucket(hash);
  const auto found = std::find_if(begin, begin + kWays, [&](const Word& slot) {
    const std::uint64_t word = slot.load(std::memory_order_relaxed);
    if (word == 0 || (word & ~kPlaceMask) != (hash & ~kPlaceMask)) return false;
    const Word* const its = entry(word & kPlaceMask);
    return is_of(its, Lengths::of(its[kLengths].load(std::memory_order_relaxed)), space, key);
  });
  return found == begin + kWays ? nullptr : found;
}

/// One that is free, or that of the oldest entry, which goes.
Word* SharedRecords::make_slot(std::uint64_t hash) noexcept {
  Word* const begin = bucket(hash);
  Word* const oldest = std::min_element(begin, begin + kWays, [](const Word& a, const Word& b) {
    return (a.load(std::memory_order_relaxed) & kPlaceMask) <
           (b.load(std::memory_order_relaxed) & kPlaceMask);
  });
  if (const std::uint64_t word = oldest->load(std::memory_order_relaxed); word != 0)
    lose(static_cast<std::uint16_t>(high(entry(word & kPlaceMask)[kRoom].load(std::memory_order_relaxed))));
  return oldest;
}

/// Room for an entry, where the oldest ones were.
SharedRecords::Place SharedRecords::reserve(std::size_t words) noexcept {
  Place head = first_[kHead].load(std::memory_order_relaxed);
  const std::size_t left = size_.ring_words - head % size_.ring_words;
  const std::size_t skipped = left < words ? left : 0;
  while (head + skipped + words > oldest_ + size_.ring_words) leave_oldest();
  first_[kHead].store(head + skipped + words, std::memory_order_release);
  if (skipped > 0) entry(head)[kRoom].store(both(kNobody, skipped), std::memory_order_release);
  return head + skipped;
}

void SharedRecords::leave_oldest() noexcept {
  const Word* const leaving = entry(oldest_);
  const std::uint64_t room = leaving[kRoom].load(std::memory_order_relaxed);
  if (high(room) != kNobody) {
    const auto space = static_cast<std::uint16_t>(high(room));
    std::string key;
    read_text(leaving + kText, Lengths::of(leaving[kLengths].load(std::memory_order_relaxed)).key, key);
    const std::uint64_t hash = hash_of(space, key);
    Word* const begin = bucket(hash);
    Word* const slot = std::find_if(begin, begin + kWays, [&](const Word& word) {
      return word.load(std::memory_order_relaxed) == slot_word(hash, oldest_);
    });
    if (slot != begin + kWays) {
      lose(space);
      slot->store(0, std::memory_order_release);
    }
  }
  oldest_ += low(room);
}

// --- readers ---

std::optional<kv::RecordPtr> SharedRecords::find(std::uint16_t space, std::string_view key) const {
  // A record that is written all the time is asked for.
  constexpr int kAttempts = 4;
  if (size_.ring_words == 0) return std::nullopt;
  const std::uint64_t hash = hash_of(space, key);
  const Word* const begin = bucket(hash);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t complete = complete_[space].load(std::memory_order_acquire);
    bool is_changing = false;
    for (const Word* slot = begin; slot != begin + kWays; ++slot) {
      const std::uint64_t word = slot->load(std::memory_order_acquire);
      if (word == 0 || (word & ~kPlaceMask) != (hash & ~kPlaceMask)) continue;
      kv::RecordPtr record;
      const Seen seen = read(word & kPlaceMask, space, key, record);
      if (seen == Seen::kRecord) return record;
      is_changing |= seen == Seen::kChanging;
    }
    if (is_changing) continue;
    // It never becomes complete again: it was so all the time.
    if (complete == 0 || complete_[space].load(std::memory_order_acquire) != complete) return std::nullopt;
    return kv::RecordPtr();
  }
  return std::nullopt;
}

SharedRecords::Seen SharedRecords::read(Place place, std::uint16_t space, std::string_view key,
                                        kv::RecordPtr& record) const {
  const Word* const from = entry(place);
  const std::uint64_t count = from[kCount].load(std::memory_order_acquire);
  if (count % 2 != 0) return Seen::kChanging;
  const std::size_t room = low(from[kRoom].load(std::memory_order_acquire));
  const Lengths lengths = Lengths::of(from[kLengths].load(std::memory_order_acquire));
  // Where it was overwritten, or whatever wrote it, nothing outside of the ring is read.
  if (lengths.words() > room || place % size_.ring_words + room > size_.ring_words) return Seen::kChanging;
  const bool is_it = is_of(from, lengths, space, key);
  if (is_it) {
    if (const kv::Version version = from[kVersion].load(std::memory_order_acquire); version != 0) {
      auto copy = std::make_shared<kv::Record>();
      copy->version = version;
      const std::uint64_t expiry = from[kExpiry].load(std::memory_order_acquire);
      if (expiry != kNoExpiry)
        copy->expiry = kv::Expiry(kv::TimeToLive(static_cast<kv::TimeToLive::rep>(expiry)));
      const Word* text = from + kText + words_of(key.size());
      text = read_text(text, lengths.metadata, copy->metadata);
      read_text(text, lengths.value, copy->value);
      record = std::move(copy);
    }
  }
  // Each word above was read before these, and who wrote it meanwhile had written one of these before.
  if (from[kCount].load(std::memory_order_acquire) != count ||
      first_[kHead].load(std::memory_order_acquire) > place + size_.ring_words)
    return Seen::kChanging;
  return is_it ? Seen::kRecord : Seen::kAnotherKey;
}

}  // namespace wws::store

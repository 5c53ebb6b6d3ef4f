// What a serving process keeps of the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "kv/operation.h"
#include "store/shared_state.h"

namespace wws::store {

/// Records and maps by namespace, each true for as long as its namespace has the version that it was read at,
/// and the same store child keeps it; what is not true any more is never given. Records that are not kept are
/// looked for in the shared state. Holds `capacity` bytes at the most; what was not asked for the longest
/// time goes first. One thread; the shared state and the clock outlive it.
class Cache {
 public:
  Cache(const SharedState& shared, const base::Clock& clock, std::size_t capacity = kCapacity)
      : shared_(shared), clock_(clock), capacity_(capacity) {}
  static constexpr std::size_t kCapacity = std::size_t{32} << 20;

  /// What the key has now: a record, or null for none. std::nullopt: not known here.
  [[nodiscard]] std::optional<kv::RecordPtr> find(std::uint16_t space, std::string_view key);
  /// What each of the keys has, in the order asked for, all at one moment. std::nullopt: that is not known
  /// here.
  [[nodiscard]] std::optional<std::vector<kv::RecordPtr>> find_many(std::uint16_t space,
                                                                    const std::vector<std::string>& keys);
  /// Keeps what a key has in a namespace of this version.
  void keep(std::uint16_t space, std::string_view key, kv::Version version, kv::RecordPtr record);

  struct Map {
    kv::Version version = 0;
    std::shared_ptr<const std::vector<kv::Item>> items;
  };
  /// The whole namespace. std::nullopt: not known here.
  [[nodiscard]] std::optional<Map> find_map(std::uint16_t space);
  void keep_map(std::uint16_t space, Map map);

  /// From now on what is kept comes from the store child of this epoch; nothing is left of what another one
  /// said.
  void begin_epoch(std::uint64_t epoch);
  static constexpr std::uint64_t kNoEpoch = 0;  ///< nothing is believed

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  /// A key's record; or the map of the namespace, which has no key: none is empty.
  struct Entry {
    std::string name;
    kv::Version version = 0;
    kv::RecordPtr record;
    std::shared_ptr<const std::vector<kv::Item>> items;
    std::size_t bytes = 0;
  };
  using Place = std::list<Entry>::iterator;

  /// Whether nobody else has begun since.
  [[nodiscard]] bool is_present() const noexcept { return epoch_ != kNoEpoch && shared_.epoch() == epoch_; }
  [[nodiscard]] kv::RecordPtr unexpired(kv::RecordPtr record) const;
  [[nodiscard]] Entry* find_entry(std::uint16_t space, std::string_view key);
  void insert(std::uint16_t space, Entry entry);
  void remove(Place place);

  const SharedState& shared_;
  const base::Clock& clock_;
  std::size_t capacity_;
  std::uint64_t epoch_ = kNoEpoch;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  ///< the newest first
  std::unordered_map<std::string_view, Place> places_;
};

}  // namespace wws::store

#include "store/cache.h"

#include <utility>

namespace wws::store {
namespace {

/// List, table and allocation of an entry.
constexpr std::size_t kOverhead = 200;

std::string name_of(std::uint16_t space, std::string_view key) {
  std::string name(reinterpret_cast<const char*>(&space), sizeof space);
  name += key;
  return name;
}

std::size_t bytes_of(const kv::RecordPtr& record) {
  return record ? sizeof *record + record->value.size() + record->metadata.size() : 0;
}

}  // namespace

void Cache::begin_epoch(std::uint64_t epoch) {
  places_.clear();
  entries_.clear();
  bytes_ = 0;
  epoch_ = epoch;
}

Cache::Entry* Cache::find_entry(std::uint16_t space, std::string_view key) {
  if (!is_present()) return nullptr;
  const auto found = places_.find(name_of(space, key));
  if (found == places_.end()) return nullptr;
  if (found->second->version != shared_.version(space)) {
    remove(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

std::optional<kv::RecordPtr> Cache::find(std::uint16_t space, std::string_view key) {
  if (const Entry* entry = find_entry(space, key)) return unexpired(entry->record);
  if (!is_present()) return std::nullopt;
  const kv::Version version = shared_.version(space);
  auto record = shared_.records().find(space, key);
  if (!record) return std::nullopt;
  // Where the version is still the same, nothing was written between.
  keep(space, key, version, *record);
  return unexpired(std::move(*record));
}

std::optional<std::vector<kv::RecordPtr>> Cache::find_many(std::uint16_t space,
                                                           const std::vector<std::string>& keys) {
  const kv::Version version = shared_.version(space);
  if (version == SharedState::kChanging) return std::nullopt;
  std::vector<kv::RecordPtr> records;
  for (const std::string& key : keys) {
    auto record = find(space, key);
    if (!record) return std::nullopt;
    records.push_back(std::move(*record));
  }
  if (!is_present() || shared_.version(space) != version) return std::nullopt;  // of a transaction, some
  return records;
}

kv::RecordPtr Cache::unexpired(kv::RecordPtr record) const {
  return record && record->expiry && *record->expiry <= clock_.wall() ? nullptr : record;
}

void Cache::keep(std::uint16_t space, std::string_view key, kv::Version version, kv::RecordPtr record) {
  const std::size_t bytes = kOverhead + key.size() + bytes_of(record);
  insert(space, {name_of(space, key), version, std::move(record), nullptr, bytes});
}

std::optional<Cache::Map> Cache::find_map(std::uint16_t space) {
  const Entry* entry = find_entry(space, {});
  if (entry == nullptr) return std::nullopt;
  for (const kv::Item& item : *entry->items) {
    if (item.record && item.record->expiry && *item.record->expiry <= clock_.wall()) return std::nullopt;
  }
  return Map{entry->version, entry->items};
}

void Cache::keep_map(std::uint16_t space, Map map) {
  std::size_t bytes = kOverhead;
  for (const kv::Item& item : *map.items) bytes += kOverhead + item.key.size() + bytes_of(item.record);
  insert(space, {name_of(space, {}), map.version, nullptr, std::move(map.items), bytes});
}

void Cache::insert(std::uint16_t space, Entry entry) {
  if (const auto old = places_.find(entry.name); old != places_.end()) remove(old->second);
  // What arrives may be older than what was acknowledged meanwhile.
  if (entry.version == SharedState::kChanging || !is_present() || entry.version != shared_.version(space) ||
      entry.bytes > capacity_)
    return;
  bytes_ += entry.bytes;
  entries_.push_front(std::move(entry));
  places_.emplace(entries_.front().name, entries_.begin());
  while (bytes_ > capacity_) remove(std::prev(entries_.end()));
}

void Cache::remove(Place place) {
  bytes_ -= place->bytes;
  places_.erase(place->name);
  entries_.erase(place);
}

}  // namespace wws::store

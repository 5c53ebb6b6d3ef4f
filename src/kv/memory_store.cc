#include "kv/memory_store.h"

#include <algorithm>
#include <utility>

namespace wws::kv {
namespace {

constexpr std::size_t kRemovedPerPoll = 64;

void add(std::uint64_t& bytes, std::int64_t growth) noexcept { bytes += static_cast<std::uint64_t>(growth); }

}  // namespace

MemoryStore::MemoryStore(const base::Clock& clock, Quotas quotas) : clock_(clock), quotas_(quotas) {}

std::expected<RecordPtr, Failure> MemoryStore::Space::find(std::string_view key) {
  const auto found = records.find(key);
  return found == records.end() ? nullptr : found->second;
}

std::expected<void, Failure> MemoryStore::Space::walk(const KeyRange& range, const Visit& visit) {
  for (auto at = records.lower_bound(range.first); at != records.end() && !range.ends_before(at->first);
       ++at) {
    if (visit(at->first, at->second) == Walk::kStop) break;
  }
  return {};
}

std::expected<NamespaceId, Failure> MemoryStore::open_namespace(std::string_view name) {
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  if (const auto failure = check_namespace_name(name)) return std::unexpected(*failure);
  if (spaces_.size() == kMaxNamespaces) return std::unexpected(Failure::kTooManyNamespaces);
  auto space = std::make_unique<Space>();
  space->name = name;
  const auto id = static_cast<NamespaceId>(spaces_.size());
  spaces_.push_back(std::move(space));
  ids_.emplace(name, id);
  return id;
}

std::vector<NamespaceInfo> MemoryStore::namespaces() const {
  std::vector<NamespaceInfo> all;
  for (std::size_t i = 0; i < spaces_.size(); ++i) {
    all.push_back({static_cast<NamespaceId>(i), spaces_[i]->name, spaces_[i]->newest, spaces_[i]->bytes});
  }
  return all;
}

void MemoryStore::submit(NamespaceId id, Request request, Handlers handlers) {
  const auto index = static_cast<std::size_t>(id);
  if (index >= spaces_.size())
    return deliveries_.add(std::move(handlers), std::unexpected(Failure::kNoSuchNamespace));
  if (const auto failure = check(request))
    return deliveries_.add(std::move(handlers), std::unexpected(*failure));

  Space& space = *spaces_[index];
  Evaluation evaluation =
      evaluate(request, space, {clock_.wall(), space.newest + 1, {space.bytes, bytes_}, quotas_});
  if (!evaluation.effects.empty()) apply(index, evaluation);
  deliveries_.add(std::move(handlers), std::move(evaluation.outcome));
}

void MemoryStore::apply(std::size_t index, Evaluation& evaluation) {
  Space& space = *spaces_[index];
  ++space.newest;
  add(space.bytes, evaluation.growth);
  add(bytes_, evaluation.growth);
  for (Effect& effect : evaluation.effects) {
    publish(static_cast<NamespaceId>(index), effect.key, effect.record);
    const auto old = space.records.find(effect.key);
    if (old != space.records.end() && old->second->expiry)
      expiries_.erase({*old->second->expiry, index, effect.key});
    if (!effect.record) {
      if (old != space.records.end()) space.records.erase(old);
      continue;
    }
    if (effect.record->expiry) expiries_.emplace(*effect.record->expiry, index, effect.key);
    space.records.insert_or_assign(std::move(effect.key), std::move(effect.record));
  }
  publish(static_cast<NamespaceId>(index), space.newest);
}

void MemoryStore::poll() {
  remove_expired();
  deliveries_.deliver();
}

/// A few at a time. No new version: nobody could see them any more.
void MemoryStore::remove_expired() {
  const base::WallTime now = clock_.wall();
  for (std::size_t i = 0; i < kRemovedPerPoll && !expiries_.empty(); ++i) {
    const auto& [expiry, index, key] = *expiries_.begin();
    if (expiry > now) return;
    Space& space = *spaces_[index];
    const auto record = space.records.find(key);
    const std::int64_t shrinks = -cost(key, record->second);
    add(space.bytes, shrinks);
    add(bytes_, shrinks);
    space.records.erase(record);
    expiries_.erase(expiries_.begin());
  }
}

std::optional<base::Duration> MemoryStore::next_poll() const {
  if (!deliveries_.empty()) return base::Duration(0);
  if (expiries_.empty()) return std::nullopt;
  const base::Duration left = std::get<Expiry>(*expiries_.begin()) - clock_.wall();
  return std::clamp<base::Duration>(left, std::chrono::milliseconds(10), std::chrono::hours(1));
}

}  // namespace wws::kv

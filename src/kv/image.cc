#include "kv/image.h"

#include <algorithm>
#include <utility>

#include "kv/semantics.h"

namespace wws::kv {
namespace {

/// A node of the map, one of the list, and a record.
constexpr std::size_t kSlotOverhead = 256;
constexpr std::size_t kLooksPerTrim = 4'096;

}  // namespace

Slot* Image::find(Space& space, std::string_view key) {
  const auto found = space.slots.find(key);
  if (found == space.slots.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second.place);
  return &found->second;
}

Slot& Image::slot(Space& space, std::string_view key) {
  if (Slot* known = find(space, key)) return *known;
  const auto made = space.slots.try_emplace(std::string(key)).first;
  Slot& slot = made->second;
  slot.space = &space;
  slot.key = &made->first;
  slot.known = space.complete;
  used_.push_front(&slot);
  slot.place = used_.begin();
  charge(slot);
  return slot;
}

void Image::set_durable(Slot& slot, RecordPtr record) {
  slot.known = true;
  slot.durable = std::move(record);
  charge(slot);
}

void Image::settle(Slot& slot) {
  slot.group = 0;
  slot.ordered = nullptr;
  // Where all that is there has a slot, none is needed to tell that a key is not.
  if (slot.space->complete && !slot.durable) return erase(slot);
  charge(slot);
}

void Image::trim() {
  // Pending slots are passed over; the rest can wait for the next time.
  std::size_t looks = std::min(used_.size(), kLooksPerTrim);
  while (bytes_ > budget_ && looks-- > 0) {
    Slot& slot = *used_.back();
    if (slot.pending()) {
      used_.splice(used_.begin(), used_, slot.place);
      continue;
    }
    if (slot.durable) slot.space->complete = false;
    erase(slot);
  }
}

void Image::charge(Slot& slot) {
  bytes_ -= slot.charged;
  slot.charged = kSlotOverhead + slot.key->size() + size(slot.durable);
  bytes_ += slot.charged;
}

void Image::erase(Slot& slot) {
  bytes_ -= slot.charged;
  used_.erase(slot.place);
  Space& space = *slot.space;
  space.slots.erase(space.slots.find(*slot.key));
}

}  // namespace wws::kv

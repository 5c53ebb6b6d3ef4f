#include "kv/image_state.h"

#include <algorithm>
#include <utility>

#include "kv/database.h"

namespace wws::kv {

bool ImageState::needs_file(const Request& request) {
  if (space_.complete) return false;
  if (walks(request)) return true;
  return std::ranges::any_of(keys_of(request), [this](std::string_view key) {
    const Slot* slot = image_.find(space_, key);
    return !slot || !knows(*slot);
  });
}

std::expected<RecordPtr, Failure> ImageState::find(std::string_view key) {
  if (const Slot* slot = image_.find(space_, key); slot && knows(*slot)) return seen(*slot);
  if (space_.complete) return nullptr;
  auto read = file_.read(space_.id, key);
  if (!read) return read;
  image_.set_durable(image_.slot(space_, key), *read);
  return read;
}

std::expected<void, Failure> ImageState::walk(const KeyRange& range, const Visit& visit) {
  // A namespace that fits is kept whole once somebody reads all of it: it is a map that many runs ask for.
  const bool all = range.first.empty() && !range.end;
  if (!space_.complete && all && space_.durable.bytes <= kMaxReplyBytes) {
    if (auto loaded = load_all(); !loaded) return loaded;
  }
  if (!space_.complete) return walk_merged(range, visit);
  walk_slots(range, visit);
  return {};
}

std::expected<void, Failure> ImageState::load_all() {
  auto loaded = file_.walk(space_.id, KeyRange{}, [this](std::string_view key, const RecordPtr& record) {
    Slot& slot = image_.slot(space_, key);
    if (!slot.known) image_.set_durable(slot, record);
    return Walk::kOn;
  });
  if (!loaded) return loaded;
  for (auto& [key, slot] : space_.slots) slot.known = true;
  space_.complete = true;
  return {};
}

void ImageState::walk_slots(const KeyRange& range, const Visit& visit) const {
  for (auto at = space_.slots.lower_bound(range.first); at != space_.slots.end(); ++at) {
    if (range.ends_before(at->first)) return;
    const RecordPtr& record = seen(at->second);
    if (record && visit(at->first, record) == Walk::kStop) return;
  }
}

std::expected<void, Failure> ImageState::walk_merged(const KeyRange& range, const Visit& visit) const {
  if (visibility_ == Visibility::kDurable) return file_.walk(space_.id, range, visit);

  // Slots that are pending take the place of the file's rows, and come between them.
  auto at = space_.slots.lower_bound(range.first);
  const auto more = [&] { return at != space_.slots.end() && !range.ends_before(at->first); };
  const auto visit_slot = [&](const auto& entry) {
    const Slot& slot = entry.second;
    return slot.pending() && slot.ordered ? visit(entry.first, slot.ordered) : Walk::kOn;
  };
  Walk walk = Walk::kOn;
  const auto walked = file_.walk(space_.id, range, [&](std::string_view key, const RecordPtr& record) {
    for (; more() && at->first < key && walk == Walk::kOn; ++at) walk = visit_slot(*at);
    if (walk == Walk::kStop) return walk;
    if (more() && at->first == key && at->second.pending()) {
      walk = visit_slot(*at);
    } else {
      walk = visit(key, record);
    }
    if (more() && at->first == key) ++at;
    return walk;
  });
  if (!walked) return walked;
  for (; more() && walk == Walk::kOn; ++at) walk = visit_slot(*at);
  return {};
}

}  // namespace wws::kv

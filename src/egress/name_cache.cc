#include "egress/name_cache.h"

#include <algorithm>
#include <utility>

namespace wws::egress {

void NameCache::resolve(const std::string& name, Handler handler) {
  const auto found = entries_.find(name);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    if (!entry.waiting.empty()) return entry.waiting.push_back(std::move(handler));
    if (clock_.now() < entry.expires) {
      const Answer answer = entry.answer;  // the handler may change what is kept
      return handler(answer);
    }
  }
  make_room();
  entries_[name].waiting.push_back(std::move(handler));
  resolver_.resolve(name, [this, name](const Answer& answer) { on_answer(name, answer); });
}

void NameCache::on_answer(const std::string& name, const Answer& answer) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  const std::vector<Handler> waiting = std::exchange(found->second.waiting, {});
  if (answer && answer->lifetime.count() > 0) {
    found->second.answer = answer;
    found->second.expires = clock_.now() + std::min(answer->lifetime, kLongest);
  } else {
    entries_.erase(found);
  }
  for (const Handler& handler : waiting) handler(answer);
}

/// What is over goes; if that is not enough, all that nobody waits for.
void NameCache::make_room() {
  if (entries_.size() < kMostNames) return;
  const base::Instant now = clock_.now();
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.second.waiting.empty() && entry.second.expires <= now;
  });
  if (entries_.size() < kMostNames) return;
  std::erase_if(entries_, [](const auto& entry) { return entry.second.waiting.empty(); });
}

}  // namespace wws::egress

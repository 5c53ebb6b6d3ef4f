#include "supervisor/route_slots.h"

#include "router/route.h"

namespace wws::supervisor {

metrics::RouteSlot RouteSlots::place(const std::string& pattern) {
  if (const auto found = slots_.find(pattern); found != slots_.end()) return found->second;
  if (names_.size() + metrics::kFirstSlot >= metrics::kSlots) return metrics::kOtherSlot;
  const auto slot = static_cast<metrics::RouteSlot>(names_.size() + metrics::kFirstSlot);
  slots_.emplace(pattern, slot);
  names_.push_back(pattern);
  return slot;
}

bool RouteSlots::assign(SiteMessage& site) {
  const std::size_t before = names_.size();
  for (WorkerMessage& worker : site.workers)
    worker.route_slot = place(router::make_route(worker.file, site.prefix).pattern);
  return names_.size() > before;
}

}  // namespace wws::supervisor

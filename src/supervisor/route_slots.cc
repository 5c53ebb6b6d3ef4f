#include "supervisor/route_slots.h"

#include "router/route.h"

namespace wws::supervisor {

bool RouteSlots::assign(SiteMessage& site) {
  const std::size_t before = names_.size();
  for (WorkerMessage& worker : site.workers) {
    const std::string pattern = router::make_route(worker.file, site.prefix).pattern;
    const auto found = slots_.find(pattern);
    if (found != slots_.end()) {
      worker.route_slot = found->second;
    } else if (names_.size() + metrics::kFirstSlot < metrics::kSlots) {
      worker.route_slot = static_cast<metrics::RouteSlot>(names_.size() + metrics::kFirstSlot);
      slots_.emplace(pattern, worker.route_slot);
      names_.push_back(pattern);
    } else {
      worker.route_slot = metrics::kOtherSlot;
    }
  }
  return names_.size() > before;
}

}  // namespace wws::supervisor

// Which place among the metrics each route has.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/registry.h"
#include "supervisor/site_message.h"

namespace wws::supervisor {

/// Gives places to routes by their patterns. A route that goes keeps its place, with what was counted there,
/// and has it again when it comes back: what was counted for one is never another's. Those for which there is
/// no place left share one. One thread.
class RouteSlots {
 public:
  /// That of a pattern, a new one if it has none yet.
  metrics::RouteSlot place(const std::string& pattern);
  /// Writes the places into the workers. True: there are new names.
  bool assign(SiteMessage& site);
  /// The patterns, from metrics::kFirstSlot on.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, metrics::RouteSlot> slots_;
};

}  // namespace wws::supervisor

#include "telemetry/collector_health.h"

#include <utility>

#include "base/log.h"

namespace wws::telemetry {

void CollectorHealth::took() {
  if (std::exchange(is_failing_, false)) log::info("the collector at {} takes telemetry again", name_);
}

void CollectorHealth::failed(std::string_view why) {
  if (std::exchange(is_failing_, true)) return;
  log::warn(
      "the collector at {} does not take telemetry: {}; requests are served as before, and what it does "
      "not get is counted",
      name_, why);
}

}  // namespace wws::telemetry

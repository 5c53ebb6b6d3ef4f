// What a request of a worker spent its time on.
#pragma once

#include <optional>

#include "base/clock.h"

namespace wws::runtime {

/// Of one request, as far as it has come: its Invocation writes it at the end of each slice. After a conflict
/// in the store all but the queue is of the last run. Plain data, for who tells it to clients.
struct Timing {
  base::Instant asked{};                ///< when the worker was to run
  std::optional<base::Duration> queue;  ///< from then to its first slice, which it has had
  std::optional<base::Duration> start;  ///< to make its instance and prepare it; its entry was called
  base::Duration cpu{0};                ///< of the guest, until now
};

}  // namespace wws::runtime

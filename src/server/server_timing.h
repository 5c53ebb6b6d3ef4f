// What a request spent its time on, for the developer tools of browsers.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "runtime/timing.h"

namespace wws::server {

inline constexpr std::string_view kServerTimingField = "server-timing";

/// The value of Server-Timing (https://www.w3.org/TR/server-timing/), in milliseconds. `total`: from the
/// request's head to the answer's. What did not come about is left out.
[[nodiscard]] std::string server_timing(const runtime::Timing& timing, base::Duration total);

}  // namespace wws::server

#include "base/clock.h"

namespace wws::base {

Instant SystemClock::now() const noexcept { return std::chrono::steady_clock::now(); }
WallTime SystemClock::wall() const noexcept { return std::chrono::system_clock::now(); }

}  // namespace wws::base

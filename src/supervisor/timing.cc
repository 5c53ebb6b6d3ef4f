#include "supervisor/timing.h"

namespace wws::supervisor {

Timing default_timing() noexcept { return {}; }

}  // namespace wws::supervisor

// The life of the telemetry child.
#pragma once

#include <span>
#include <string>

namespace wws::supervisor {

/// Takes from the channel what serving processes note, and sends it to the collector, until the supervisor
/// says stop or is gone. Returns the exit status. `arguments` as of service_main(). It runs no guest, and no
/// serving process has a socket to it.
[[nodiscard]] int telemetry_main(std::span<const std::string> arguments);

}  // namespace wws::supervisor

// The life of the egress child.
#pragma once

#include <span>
#include <string>

namespace wws::supervisor {

/// Takes from the channel what workers may reach, and makes the requests that serving processes ask for on
/// the sockets that come by the channel, until the supervisor says stop or is gone. Returns the exit status.
/// `arguments` as of service_main(). It runs no guest.
[[nodiscard]] int egress_main(std::span<const std::string> arguments);

}  // namespace wws::supervisor

// The life of the store child.
#pragma once

#include <span>
#include <string>

namespace wws::supervisor {

/// Takes from the channel where the store is, opens it, and answers the serving processes whose sockets come
/// by the channel, until the supervisor says stop or is gone. Returns the exit status. `arguments` as of
/// service_main(). It runs no guest.
[[nodiscard]] int store_main(std::span<const std::string> arguments);

}  // namespace wws::supervisor

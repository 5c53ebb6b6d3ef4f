// The life of a serving process.
#pragma once

#include <string_view>

namespace wws::supervisor {

/// The hidden command that makes this executable a serving process.
inline constexpr const char* kServeCommand = "__serve";
/// Its channel to the supervisor.
inline constexpr int kChannelDescriptor = 3;

/// Takes listeners, modules and the site from the channel, serves until the supervisor says stop or is
/// gone, and returns the exit status. Gives up first what `policy` (hardening::to_argument) says. Ignores a
/// terminal's SIGINT: it obeys the channel.
[[nodiscard]] int serve_main(std::string_view policy);

}  // namespace wws::supervisor

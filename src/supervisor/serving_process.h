// The life of a serving process.
#pragma once

#include <span>
#include <string>

#include "hardening/system_call_filter.h"

namespace wws::supervisor {

/// Its channel to the supervisor.
inline constexpr int kChannelDescriptor = 3;
/// The first of its listening sockets. All are below hardening::kSharedDescriptors.
inline constexpr int kFirstListener = 4;
inline constexpr std::size_t kMaxListeners = hardening::kSharedDescriptors - kFirstListener;

/// Takes modules and the site from the channel, serves until the supervisor says stop or is gone, and returns
/// the exit status. `arguments`: what it gives up first (hardening::to_argument's policy), and how many
/// listening sockets it has. Ignores the signals that stop the supervisor: it obeys the channel.
[[nodiscard]] int serve_main(std::span<const std::string> arguments);

}  // namespace wws::supervisor

// Which system calls a process may make from now on (seccomp).
#pragma once

#include <span>

#include "base/result.h"

namespace wws::hardening {

/// Whether the kernel filters system calls for us; an error says why not.
[[nodiscard]] Result<void> can_filter();

/// Descriptors below this number belong to others too, who would notice what is done to them: the standard
/// streams, the channel, listening sockets. A process of CallGroup::kConnections can neither shut them down,
/// nor set options of theirs, nor copy them to a number from where it could.
inline constexpr int kSharedDescriptors = 16;

/// Calls by what they are for.
enum class CallGroup {
  kBasics,       ///< memory, time, signals to itself; reading and writing what is open
  kCopies,       ///< second descriptors of what is open
  kEvents,       ///< an event loop
  kConnections,  ///< accepting connections, and all that is done with them
  kLinks,        ///< sending and receiving on sockets that are there or are sent by the supervisor
  kRequests,     ///< asking other machines: connections, and DNS by its own sockets; never listening
  kDatabase,     ///< changing files that are open, and having them on the disk
  kFiles,        ///< opening files by name; which, Landlock says
  kMounts,    ///< opening files as kFiles has it, and changing, listing, making, renaming and removing them
  kOutgoing,  ///< connecting to other machines by TCP
  kNames,     ///< asking a name server, as the C library does
  kGuests,    ///< the epoch timer, and finding what a guest wrote
  kSharedMemory,  ///< looking at memory that the supervisor sends, whether it is what it should be
  kNoMemoryFiles  ///< files in memory are answered as by an old kernel, so that the engine copies instead
};

/// Installs the list of the groups' calls for all threads of the process, for good. A call that is on no list
/// fails with EPERM, so that a library that tries one copes; one that only an attacker makes in such a
/// process ends the process.
[[nodiscard]] Result<void> filter_system_calls(std::span<const CallGroup> groups);

}  // namespace wws::hardening

// Listening sockets that whoever started the server had opened already: socket activation, by the protocol of
// sd_listen_fds(3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "supervisor/listening_socket.h"

namespace wws::supervisor {

/// The environment variables that hand sockets over; empty where one is not set.
struct ListenVariables {
  std::string pid;    ///< LISTEN_PID: whom they are for
  std::string count;  ///< LISTEN_FDS: how many, with consecutive descriptors
  std::string names;  ///< LISTEN_FDNAMES: one each, with colons in between; only for messages

  /// Those of this process, which has them no longer: neither a worker nor a child sees them. One thread.
  [[nodiscard]] static ListenVariables take_from_environment();
};

/// Host and port of the first. kIo: it has none.
[[nodiscard]] Result<ListeningSockets> with_address(std::vector<base::File> sockets);

/// The first of the descriptors that are handed over.
inline constexpr int kFirstPassed = 3;

/// Takes the sockets, makes them close-on-exec and non-blocking, and notes each in the log. Host and port of
/// the result are the first one's. std::nullopt: none are handed over to this process, and no descriptor is
/// touched. kBadUsage: the variables make no sense, or one of the descriptors is not a stream socket of IPv4
/// or IPv6 that listens; all are closed then.
[[nodiscard]] Result<std::optional<ListeningSockets>> take_passed_sockets(const ListenVariables& variables,
                                                                          int first = kFirstPassed);

}  // namespace wws::supervisor

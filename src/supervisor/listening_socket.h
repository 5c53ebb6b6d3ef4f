// The sockets that serving processes accept on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace wws::supervisor {

/// One for each address of the host; all have the same port.
struct ListeningSockets {
  std::vector<base::File> sockets;  ///< at least one
  std::string host;                 ///< as it stands in a URL: an IPv6 address has its brackets
  std::uint16_t port = 0;
};

/// Binds and listens on every address that the host has here: a literal has one (IPv6 with or without
/// brackets), `localhost` has 127.0.0.1 and ::1, another name those it resolves to. Addresses that this
/// machine does not have are left out while one is left. Port 0: any one that is free on all of them,
/// reported in the result. kIo says what is in the way: the port is in use, the host has no address here,
/// the port needs rights.
[[nodiscard]] Result<ListeningSockets> listen_on(const std::string& host, std::uint16_t port);

}  // namespace wws::supervisor

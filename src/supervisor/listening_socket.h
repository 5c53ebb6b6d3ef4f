// The socket that serving processes accept on.
#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace wws::supervisor {

struct ListeningSocket {
  base::File socket;
  std::string host;  ///< as it stands in a URL: an IPv6 address has its brackets
  std::uint16_t port = 0;
};

/// Binds and listens. Port 0: any free one, reported in the result. kIo says what is in the way: the port
/// is in use, the host has no address here, the port needs rights.
[[nodiscard]] Result<ListeningSocket> listen_on(const std::string& host, std::uint16_t port);

}  // namespace wws::supervisor

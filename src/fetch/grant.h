// What one worker may do with outgoing HTTP.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "fetch/allow_list.h"

namespace wws::fetch {

/// Of each of its requests.
struct Limits {
  base::Duration connect_time = std::chrono::seconds(10);     ///< for a name, a connection, and TLS, each hop
  base::Duration first_byte_time = std::chrono::seconds(30);  ///< from what was sent last to an answer's head
  base::Duration time = std::chrono::seconds(60);             ///< for all of it
  std::uint64_t request_body = std::uint64_t{16} << 20;
  std::uint64_t response_body = std::uint64_t{64} << 20;

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Where, and how far. Values.
struct Grant {
  AllowList allow;
  Limits limits;
};

}  // namespace wws::fetch

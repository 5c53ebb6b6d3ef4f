// What a worker may do with outgoing requests, as far as its own process sees to it.
#pragma once

#include <cstdint>

namespace wws::abi {

/// Where the requests may go is known by the process that sends them, under `number`.
struct FetchGrant {
  std::uint16_t number = 0;  ///< place among the grants of the project
  std::uint32_t at_a_time = 6;
  std::uint32_t per_request = 50;  ///< of the client's
};

}  // namespace wws::abi

// What a client may use of the server (docs/limits.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "http/request_head.h"

namespace wws::server {

struct ServerLimits {
  http::HeadLimits head;
  std::size_t body_bytes = std::size_t{16} << 20;
  std::size_t all_bodies_bytes = std::size_t{512} << 20;  ///< of requests, in one process
  std::chrono::seconds head_time{10};                     ///< from the first byte of a head to its last
  std::chrono::seconds body_time{30};                     ///< for a body, and one second more for each
  std::size_t body_bytes_per_second = 1024;               ///< of these that arrived
  std::chrono::seconds write_time{30};                    ///< without a byte taken by the client
  std::chrono::seconds keep_alive_time{60};               ///< between two requests
  std::chrono::seconds leave_time{1};         ///< for a guest to end after its client stopped sending
  std::chrono::seconds stop_time{30};         ///< for requests in flight when the server stops
  std::size_t connections = 10'000;           ///< open at once in one process
  std::size_t waiting = 1000;                 ///< requests that wait for their first slice
  std::chrono::milliseconds queue_time{500};  ///< a request that would wait for longer is refused
  std::chrono::seconds waiting_time{5};       ///< then they are answered with 503
};

}  // namespace wws::server

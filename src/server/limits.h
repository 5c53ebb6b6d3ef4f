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
  std::size_t all_bodies_bytes = std::size_t{512} << 20;   ///< of requests, in one process
  std::chrono::seconds head_time{10};                      ///< from the first byte of a head to its last
  std::chrono::seconds body_time{30};                      ///< that a body may be behind its pace
  std::size_t body_bytes_per_second = 1024;                ///< the pace of a body
  std::size_t all_answers_bytes = std::size_t{256} << 20;  ///< not taken by their clients, in one process
  std::chrono::seconds write_time{30};         ///< that a client may be behind its pace of reading
  std::size_t write_bytes_per_second = 1024;   ///< the pace of an answer that fills its buffers
  std::chrono::seconds keep_alive_time{75};    ///< before a request, or between two
  std::chrono::seconds leave_time{1};          ///< for a guest to end after its client stopped sending
  std::chrono::seconds stop_time{30};          ///< for requests in flight when the server stops
  std::chrono::seconds first_request_time{1};  ///< for the first request of a connection to come, at a stop
  std::size_t connections = 10'000;            ///< open at once in one process
  std::size_t connections_per_address = 0;     ///< of one client; 0: half of all
  std::size_t waiting = 1000;                  ///< requests of one worker that wait for their first slice
  std::chrono::milliseconds queue_time{500};   ///< a request that would wait for longer is refused
  std::chrono::seconds waiting_time{5};        ///< then they are answered with 503
};

}  // namespace wws::server

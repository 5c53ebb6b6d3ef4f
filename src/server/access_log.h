// The access log: one line a request on stderr.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "http/request.h"

namespace wws::server {

struct AccessEntry {
  std::string_view peer;
  const http::Request& request;
  int status = 0;
  std::uint64_t body_bytes = 0;
  base::Duration duration{0};
};

/// Writes `PEER "METHOD TARGET HTTP/1.x" STATUS BYTES "REFERER" "USER-AGENT" SECONDS` at level info;
/// "-" stands for what is not there.
void log_access(const AccessEntry& entry);

}  // namespace wws::server

// The access log: one line a request on standard error.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "http/request.h"

namespace wws::server {

/// The status of a request whose client left before it was answered (as nginx writes it). Never sent.
inline constexpr int kClientClosedRequest = 499;

struct AccessEntry {
  std::string_view peer;
  const http::Request& request;
  int status = 0;
  std::uint64_t body_bytes = 0;
  base::Duration duration{0};
  base::WallTime time{};  ///< when it ended
};

/// Writes, at level info, `PEER - - [TIME] "METHOD TARGET HTTP/1.x" STATUS BYTES "REFERER" "USER-AGENT"
/// SECONDS`: the combined log format, and how long it took. "-" stands for what is not there. Between the
/// quotation marks `"` and `\` have a backslash before them, and what is not printable is written `\xNN`.
void log_access(const AccessEntry& entry);

}  // namespace wws::server

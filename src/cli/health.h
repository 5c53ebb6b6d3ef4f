// `wws health`: asks a running server whether it answers. For health checks where there is no other client,
// as in a container image that holds the server alone.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace wws::cli {

/// `wws health [URL]`
struct HealthOptions {
  std::string url = "http://127.0.0.1:8080";
  base::Duration timeout = std::chrono::seconds(5);
};

/// The status of one answer. Without a path in the URL it asks with `OPTIONS *`, which the server answers
/// itself and no worker runs for; with one it sends a GET. kBadUsage: not a URL of the kind
/// http://HOST[:PORT][/PATH]. kIo: nobody answered within the time, or not in HTTP/1.
[[nodiscard]] Result<int> ask_server(const HealthOptions& options);

}  // namespace wws::cli

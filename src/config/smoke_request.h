// A request that a new version of a project is asked before it is served: "GET /health 200".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace wws::config {

/// One such request, and the statuses that are wanted. Plain data.
struct SmokeRequest {
  std::string method;  ///< as it was written
  std::string path;    ///< with its query, as a client sends it: printable ASCII, and begins with a slash
  int lowest = 0;      ///< the statuses that are wanted, from this one to `highest`
  int highest = 0;

  [[nodiscard]] bool wants(int status) const noexcept { return status >= lowest && status <= highest; }
  bool operator==(const SmokeRequest&) const = default;
};

/// Reads METHOD, PATH and STATUS, with a space between them. The status is a number from 200 to 599, or a
/// class from "2xx" to "5xx". kBadConfig: another text; the message says what is wrong with it.
[[nodiscard]] Result<SmokeRequest> parse_smoke_request(std::string_view text);

/// "GET /health", for messages.
[[nodiscard]] std::string name_of(const SmokeRequest& request);
/// "200", or "2xx".
[[nodiscard]] std::string status_text(const SmokeRequest& request);

}  // namespace wws::config

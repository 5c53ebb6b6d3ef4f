// Outgoing HTTP: [features.http_requests] of a worker, [fetch] of the project (docs/fetch.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "fetch/grant.h"

namespace wws::config {

/// What a worker may ask of others. Texts were checked, and mean what fetch::HostRule reads in them.
struct FetchConfig {
  std::vector<std::string> hosts;  ///< at least one
  std::vector<std::string> methods = fetch::AllowList().methods;
  bool allow_http = false;
  fetch::Limits limits;
  std::uint32_t at_a_time = 6;     ///< of one request that the worker answers
  std::uint32_t per_request = 50;  ///< likewise, in all
  std::size_t line = 0;            ///< of the table, for what is found out later
  std::size_t column = 0;

  friend bool operator==(const FetchConfig&, const FetchConfig&) = default;
};

/// What no worker of a project can set higher.
struct FetchBounds {
  fetch::Limits limits = {.connect_time = std::chrono::minutes(1),
                          .first_byte_time = std::chrono::minutes(5),
                          .time = std::chrono::minutes(30),
                          .request_body = std::uint64_t{1} << 30,
                          .response_body = std::uint64_t{1} << 30};
  std::uint32_t at_a_time = 64;
  std::uint32_t per_request = 1000;
};

/// How a project reaches others.
struct ProjectFetch {
  FetchBounds bounds;
  std::string ca_file;  ///< paths: absolute, or of the project's folder; empty: none
  std::string client_certificate;
  std::string client_key;
  std::vector<std::string> client_certificate_hosts;
  std::string proxy;  ///< http://[USER:PASSWORD@]HOST:PORT
  bool allow_own_listeners = false;
  bool http2 = true;
};

/// Holds a worker to its project's bounds: what its file says beyond them is an error, and a default comes
/// down.
void bound(FetchConfig& fetch, const FetchBounds& bounds, const std::string& file, Diagnostics& diagnostics);

}  // namespace wws::config

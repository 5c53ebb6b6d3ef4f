// The ABI `cgi`: the request in the environment and on standard input, header lines and a body on standard
// output (RFC 3875, docs/cgi.md).
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace wws::abi {

/// CgiContext::script_segments of a route that does not end in a catch-all: the whole path.
inline constexpr std::size_t kAllSegments = std::numeric_limits<std::size_t>::max();

/// What a CGI worker is told besides the request itself.
struct CgiContext {
  std::string_view url;                                             ///< scheme, host, path and query
  std::span<const std::string> vars;                                ///< of the worker, "NAME=value"
  std::string_view pattern;                                         ///< of its route
  std::size_t script_segments = kAllSegments;                       ///< the path's first that name the worker
  std::span<const std::pair<std::string, std::string>> parameters;  ///< of its route, decoded
};

/// The part of the path that names the worker, decoded: SCRIPT_NAME.
[[nodiscard]] std::string cgi_script_name(const http::Request& request, std::size_t script_segments);

/// The environment of one run, "NAME=value": the worker's own variables, then the request's.
///
/// Each name occurs once, and the worker's own ones win: no client changes what their author wrote. What
/// clients name themselves begins with HTTP_; no two of their names share a variable, and none is there that
/// programs take for their own configuration (HTTP_PROXY). The text is UTF-8: field values that are not are
/// taken as Latin-1.
[[nodiscard]] std::vector<std::string> cgi_environment(const http::Request& request,
                                                       const CgiContext& context);

/// Reads header lines, which end with LF or CRLF, an empty line, and the body.
///
/// The response has lower-case field names, no Status and no framing fields; one with a Location and no
/// Status is a redirect by the client (302), also where RFC 3875 lets the server answer with another of its
/// resources. kBadOutput says what is wrong, and what to print instead.
[[nodiscard]] Result<http::Response> decode_cgi_output(std::string output);

}  // namespace wws::abi

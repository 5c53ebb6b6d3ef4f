// A request as the rest of the server sees it: the head, resolved, and the body.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/fields.h"

namespace wws::http {

/// What a request is about (RFC 9112, 3.2).
enum class Resource {
  kPath,     ///< what its path names
  kNothing,  ///< a path that can name nothing: it climbs above the root, or cannot be decoded. Always 404
  kServer,   ///< the server as a whole: `OPTIONS *`
};

/// One request. The views point into memory of the connection that received it and stay valid until
/// the answer has been handed over; whoever needs them longer copies.
struct Request {
  std::string_view method;  ///< case-sensitive token, such as "GET"
  std::string_view target;  ///< the request target as sent ("/a%20b?x=1")
  Resource resource = Resource::kPath;
  std::string path;   ///< kPath: normalised, percent-encoded path (http/url.h), starts with '/'; else empty
  std::string query;  ///< after '?', as sent but for escape_uri() (http/url.h); has_query tells "" from none
  bool has_query = false;
  std::string_view host;  ///< Host field or authority; may be empty (HTTP/1.0)
  std::string_view scheme = "http";
  int minor_version = 1;          ///< of HTTP/1
  std::vector<FieldView> fields;  ///< in the order received, all of them
  std::string_view body;          ///< decoded from its transfer coding
  bool body_follows = false;      ///< `body` is only its beginning: the rest is given to who works on it
  std::string_view peer;          ///< address of the client, for the access log
};

/// Gives `request` a target that parse_request_head() has let pass: what it is about, its path and query,
/// and the host that an absolute form names.
void take_target(std::string_view target, Request& request);

}  // namespace wws::http

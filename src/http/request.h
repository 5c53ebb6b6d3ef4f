// A request as the rest of the server sees it: the head, resolved, and the body.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/fields.h"

namespace wws::http {

struct RequestHead;

/// The protocol that brought a request.
enum class Version { kHttp10, kHttp11 };

/// "HTTP/1.1", as it is written in logs and told to workers.
[[nodiscard]] std::string_view version_text(Version version) noexcept;

/// Bytes that views point into. Moving it keeps them in place.
class HeldText {
 public:
  /// Replaces what was held by a copy of `bytes`. Views into the former are void.
  std::string_view assign(std::string_view bytes);
  /// Gives the memory back if it is more than `bytes`.
  void shrink(std::size_t bytes) noexcept;

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

/// What a request is about (RFC 9112, 3.2).
enum class Resource {
  kPath,     ///< what its path names
  kNothing,  ///< a path that can name nothing: it climbs above the root, or cannot be decoded. Always 404
  kServer,   ///< the server as a whole: `OPTIONS *`
};

/// One request, with all its text: its views point into `text` or `id`, or to what lives for ever.
struct Request {
  HeldText text;
  std::string_view method;  ///< case-sensitive token, such as "GET"
  std::string_view target;  ///< the request target as sent ("/a%20b?x=1")
  Resource resource = Resource::kPath;
  std::string path;   ///< kPath: normalised, percent-encoded path (http/url.h), starts with '/'; else empty
  std::string query;  ///< after '?', as sent but for escape_uri() (http/url.h); has_query tells "" from none
  bool has_query = false;
  std::string_view host;  ///< Host field or authority; may be empty (HTTP/1.0)
  std::string_view scheme = "http";
  Version version = Version::kHttp11;
  std::vector<FieldView> fields;  ///< in the order received, all of them
  std::string body;               ///< decoded from its transfer coding
  bool body_follows = false;      ///< `body` is only its beginning: the rest is given to who works on it
  std::string peer;               ///< address of the client
  std::string id;  ///< by which logs know it: its X-Request-Id, or one of the server's (server/request_id.h)
};

/// Gives `request` a head that was parsed from `bytes`: copies them, so that nothing points there any more.
/// `head` is left without its fields. What is not of the head (body, peer) stays as it is.
void take_head(std::string_view bytes, RequestHead& head, Request& request);

/// Gives `request` a target that parse_request_head() has let pass: what it is about, its path and query,
/// and the host that an absolute form names.
void take_target(std::string_view target, Request& request);

}  // namespace wws::http

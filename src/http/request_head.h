// The head of an HTTP/1 request: a strict parser (RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/fields.h"

namespace wws::http {

/// What a client may send; beyond it the parser answers 414 or 431.
struct HeadLimits {
  std::size_t bytes = 32 * 1024;  ///< request line, fields and the empty line
  std::size_t fields = 128;
};

/// A parsed head. All views point into the bytes given to the parser.
struct RequestHead {
  std::string_view method;
  std::string_view target;
  int minor_version = 1;  ///< HTTP/1.0 or HTTP/1.1
  std::vector<FieldView> fields;
  std::string_view host;  ///< the Host field's value; empty if there is none (1.0)

  // Framing (RFC 9112, 6), already checked against smuggling.
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool keep_alive = true;         ///< RFC 9112, 9.3, from version and Connection
  bool expects_continue = false;  ///< Expect: 100-continue
};

/// What the parser found.
struct HeadResult {
  enum class Kind { kIncomplete, kComplete, kBad };
  Kind kind = Kind::kIncomplete;
  std::size_t consumed = 0;  ///< kComplete: bytes of the head, with skipped leading CRLFs
  int status = 400;          ///< kBad: the status to answer before closing
  std::string_view reason;   ///< kBad: one clear line, static text
};

/// Parses the request head at the start of `bytes`. Strict: no bare LF or CR, no obs-fold, no space
/// before the colon, exactly one Host in HTTP/1.1, no Content-Length beside Transfer-Encoding, only
/// "chunked" as transfer coding, target and Host validated (http/url.h). Empty lines before the
/// request line (at most a few) are skipped, as RFC 9112, 2.2 asks.
/// `scanned` remembers across calls how much of an incomplete head was searched for its end, so that
/// a head that arrives byte by byte costs linear time; start with 0 and pass it again.
/// `head` is reused between requests to save allocations; it is valid after kComplete only.
[[nodiscard]] HeadResult parse_request_head(std::string_view bytes, const HeadLimits& limits,
                                            std::size_t& scanned, RequestHead& head);

}  // namespace wws::http

// Writing the head of a response (RFC 9112).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/response.h"

namespace wws::server {

/// The Date field's value, made anew once a second.
class DateText {
 public:
  [[nodiscard]] std::string_view at(base::WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

enum class Persistence {
  kDefault,           ///< what HTTP/1.1 means without a Connection field
  kClose,             ///< `connection: close`
  kExplicitKeepAlive  ///< `connection: keep-alive`, for an HTTP/1.0 client that asked
};

/// How the client finds the end of the body (RFC 9112, 6.3).
struct Framing {
  enum class Kind {
    kLength,   ///< `content-length`
    kChunked,  ///< `transfer-encoding: chunked`
    kClose,    ///< it ends with the connection
  };
  Kind kind = Kind::kLength;
  std::uint64_t length = 0;  ///< of kLength, in bytes
};

/// Appends status line, fields, those of the framing (unless the status has no body), Date (unless a worker
/// gave one), Connection and the empty line. Field names are written as they are: lower case.
void append_response_head(std::string& out, const http::Response& response, const Framing& framing,
                          std::string_view date, Persistence persistence);

}  // namespace wws::server

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

/// Appends status line, fields, Content-Length (unless the status has no body), Date (unless a worker
/// gave one), Connection and the empty line. Field names are written as they are: lower case.
void append_response_head(std::string& out, const http::Response& response, std::uint64_t content_length,
                          std::string_view date, Persistence persistence);

}  // namespace wws::server

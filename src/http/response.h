// A response before it is written: status, fields and where the body comes from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/file.h"
#include "http/fields.h"

namespace wws::http {

/// A part of an open file, sent without reading it whole into memory.
struct FileRange {
  std::shared_ptr<const base::File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// One response. The connection adds Date, Content-Length and Connection itself: those three and
/// Transfer-Encoding do not belong into `fields`. For HEAD the body is given as for GET: the
/// connection sends its length and leaves it out.
struct Response {
  int status = 200;
  std::vector<Field> fields;
  std::variant<std::string, FileRange> body;
};

/// A line of plain text; with 503 clients are told to come again in a second.
[[nodiscard]] Response text_response(int status, std::string_view text);

/// The reason phrase of RFC 9110, 15 for `status`; "Unknown" where there is none.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

/// True for the statuses whose answer never has a body: 1xx, 204, 205, 304.
[[nodiscard]] bool is_bodyless(int status) noexcept;

/// True for those whose answer ends with its head, without a word of it. After a 205 clients expect a length
/// as after any other answer: `content-length: 0` (RFC 9110, 15.3.6).
[[nodiscard]] bool ends_with_head(int status) noexcept;

}  // namespace wws::http

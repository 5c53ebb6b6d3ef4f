#include "server/response_head.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "http/date.h"

namespace wws::server {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_framing(std::string& out, const Framing& framing) {
  switch (framing.kind) {
    case Framing::Kind::kLength:
      return append_field(out, "content-length", fmt::format_int(framing.length).str());
    case Framing::Kind::kChunked:
      return append_field(out, "transfer-encoding", "chunked");
    case Framing::Kind::kClose:
      return;
  }
}

}  // namespace

std::string_view DateText::at(base::WallTime now) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != second_) {
    second_ = second;
    text_ = http::format_date(second);
  }
  return text_;
}

void append_response_head(std::string& out, const http::Response& response, const Framing& framing,
                          std::string_view date, Persistence persistence) {
  if (response.status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status,
                   http::reason_phrase(response.status));
  }
  bool has_date = false;
  for (const http::Field& field : response.fields) {
    has_date = has_date || field.name == "date";
    append_field(out, field.name, field.value);
  }
  if (!http::is_bodyless(response.status)) {
    append_framing(out, framing);
  } else if (!http::ends_with_head(response.status)) {
    append_framing(out, {.length = 0});
  }
  if (!has_date) append_field(out, "date", date);
  if (persistence == Persistence::kClose) append_field(out, "connection", "close");
  if (persistence == Persistence::kExplicitKeepAlive) append_field(out, "connection", "keep-alive");
  out += "\r\n";
}

}  // namespace wws::server

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "abi/answer_fields.h"
#include "abi/bad_output.h"
#include "abi/cgi.h"
#include "http/characters.h"

namespace wws::abi {
namespace {

struct Line {
  std::string_view text;
  bool is_whole;  ///< the output does not end within it
};

/// Takes a line and its end, LF or CRLF, from the front of `output`.
Line take_line(std::string_view& output) noexcept {
  const std::size_t end = output.find('\n');
  Line line{output.substr(0, end), end != std::string_view::npos};
  output.remove_prefix(line.is_whole ? end + 1 : output.size());
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  return line;
}

std::unexpected<Error> no_header(std::string_view line, std::size_t number) {
  if (number == 1 && line.starts_with('{')) {
    return bad("is JSON, and not header lines; leave out abi = \"cgi\" for a worker that answers in JSON");
  }
  if (line.starts_with(' ') || line.starts_with('\t')) {
    return bad("has a blank at the start of line {}: each header is one line", number);
  }
  return bad(
      "has no header in line {}, {}; print lines such as \"Content-Type: text/html\", an empty line, "
      "and then the body",
      number, in_quotes(line));
}

/// The code of a Status field; its text is left to the server.
Result<int> read_status(std::string_view value) {
  constexpr std::size_t kDigits = 3;
  int status = 0;
  for (const char c : value.substr(0, kDigits)) {
    status = c >= '0' && c <= '9' ? status * 10 + (c - '0') : kHighestStatus + 1;
  }
  const bool is_whole = value.size() == kDigits || (value.size() > kDigits && value[kDigits] == ' ');
  if (!is_whole || status < kLowestStatus || status > kHighestStatus) {
    return bad("has the Status {}, which does not begin with a number from {} to {}", in_quotes(value),
               kLowestStatus, kHighestStatus);
  }
  return status;
}

/// A path begins with one slash for the client: RFC 3875 means this server by it, and browsers take `//name`
/// and `/\name` for another.
Result<std::string> read_location(std::string_view value) {
  if (value.find_first_of(" \t") != std::string_view::npos)
    return bad("has a Location with a blank in it; write %20");
  const std::size_t path = std::min(value.find_first_not_of("/\\"), value.size());
  return (path > 0 ? "/" : "") + std::string(value.substr(path));
}

/// The header lines as they are read.
class Head {
 public:
  /// Line `number`, which is not empty.
  Result<void> add(std::string_view line, std::size_t number) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !http::is_token(line.substr(0, colon)))
      return no_header(line, number);
    if (number > kMostFields) return bad("has more than {} headers", kMostFields);
    size_ += line.size();
    if (size_ > kLargestFields) return bad("has more than {} bytes of headers", kLargestFields);
    const std::string name = http::lower_case(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!http::is_field_value(value))
      return bad("has a header {} with a value that HTTP does not allow", in_quotes(name));
    return add_field(name, value);
  }

  [[nodiscard]] bool has(std::string_view name) const { return http::find(fields_, name).has_value(); }
  [[nodiscard]] bool has_status() const noexcept { return status_.has_value(); }
  [[nodiscard]] int status() const { return status_.value_or(has("location") ? kFound : kOk); }
  std::vector<http::Field> take_fields() noexcept { return std::move(fields_); }

 private:
  static constexpr int kOk = 200;
  static constexpr int kFound = 302;

  Result<void> add_field(const std::string& name, std::string_view value) {
    if (name == "status") {
      if (status_) return bad("has two headers \"status\"");
      const auto status = read_status(value);
      if (!status) return std::unexpected(status.error());
      status_ = *status;
    } else if (name == "content-type" || name == "location") {
      if (has(name)) return bad("has two headers {}", in_quotes(name));
      if (value.empty()) return bad("has a header {} without a value", in_quotes(name));
      auto text = name == "location" ? read_location(value) : std::string(value);
      if (!text) return fail(text);
      fields_.push_back({name, std::move(*text)});
    } else if (!is_framing(name)) {
      fields_.push_back({name, std::string(value)});
    }
    return {};
  }

  std::optional<int> status_;
  std::vector<http::Field> fields_;
  std::size_t size_ = 0;
};

/// Takes header lines and the empty line after them from the front of `output`.
Result<Head> take_head(std::string_view& output) {
  Head head;
  for (std::size_t number = 1;; ++number) {
    const Line line = take_line(output);
    if (!line.text.empty()) {
      if (auto added = head.add(line.text, number); !added) return fail(added);
    } else if (number == 1) {
      return bad("begins with an empty line; print a header such as \"Content-Type: text/html\" before it");
    }
    if (!line.is_whole) return bad("ends within its headers; print an empty line after them");
    if (line.text.empty()) return head;
  }
}

/// Whether the body is none: no status of this kind has one, or it is but the line end that printing adds to
/// the empty line.
bool is_no_body(const Head& head, std::string_view body) {
  if (http::is_bodyless(head.status())) return true;
  return !head.has("content-type") && body.find_first_not_of("\r\n") == std::string_view::npos;
}

}  // namespace

Result<http::Response> decode_cgi_output(std::string output) {
  if (output.empty()) {
    return bad("is empty; print headers such as \"Content-Type: text/html\", an empty line, and the body");
  }
  if (output.starts_with("HTTP/"))
    return bad("begins with an HTTP status line; print a header such as \"Status: 404\" in its place");
  std::string_view body = output;
  auto head = take_head(body);
  if (!head) return fail(head);
  if (is_no_body(*head, body)) body = {};
  if (!body.empty() && !head->has("content-type"))
    return bad("has a body and no Content-Type; print one, such as \"Content-Type: text/html\"");
  if (!head->has("content-type") && !head->has("location") && !head->has_status())
    return bad("has none of the headers Content-Type, Location and Status");
  output.erase(0, output.size() - body.size());
  const int status = head->status();
  return http::Response{status, head->take_fields(), std::move(output)};
}

}  // namespace wws::abi

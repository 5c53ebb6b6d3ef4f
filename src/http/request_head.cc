#include "http/request_head.h"

#include <algorithm>
#include <utility>

#include "http/characters.h"
#include "http/url.h"

namespace wws::http {
namespace {

constexpr std::size_t kMaxEmptyLines = 4;  // before the request line

/// One pass over the bytes of a head, left to right. Every step either moves on, or returns false
/// with `result` set: the bytes ran out, or they can never become a good head. What was decided on a
/// part of a head is therefore decided the same way on more of it.
class Parser {
 public:
  Parser(std::string_view bytes, const HeadLimits& limits, RequestHead& head) noexcept
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), limits_(limits), head_(head) {}

  HeadResult run() {
    if (empty_lines() && request_line() && field_lines() && framing()) {
      result_.kind = HeadResult::Kind::kComplete;
      result_.consumed = static_cast<std::size_t>(at_ - begin_);
    }
    return result_;
  }
  /// After run(): the request line was still incomplete.
  [[nodiscard]] bool in_request_line() const noexcept { return in_request_line_; }

 private:
  bool bad(std::string_view reason, int status = 400) noexcept {
    result_ = {HeadResult::Kind::kBad, 0, status, reason};
    return false;
  }
  bool incomplete() const noexcept { return false; }  // result_ starts as kIncomplete
  [[nodiscard]] bool out() const noexcept { return at_ == end_; }

  /// Takes CR LF; at_ stands at a byte that is no valid part of the line before.
  bool line_end(std::string_view otherwise) noexcept {
    if (*at_ == '\n') return bad("a line ends with a bare LF");
    if (*at_ != '\r') return bad(otherwise);
    if (at_ + 1 == end_) return incomplete();
    if (at_[1] != '\n') return bad("a CR without LF");
    at_ += 2;
    return true;
  }

  bool empty_lines() noexcept {
    for (std::size_t i = 0; !out() && (*at_ == '\r' || *at_ == '\n'); ++i) {
      if (i == kMaxEmptyLines) return bad("too many empty lines before the request line");
      if (!line_end({})) return false;
    }
    return !out();
  }

  bool request_line() {
    if (!method() || !target() || !version()) return false;
    in_request_line_ = false;
    return check_target();
  }

  bool method() noexcept {
    const char* start = at_;
    while (!out() && is(*at_, kTokenChar)) ++at_;
    if (out()) return incomplete();
    if (at_ == start || *at_ != ' ')
      return bad("the request line does not start with a method and one space");
    head_.method = {start, at_};
    ++at_;
    return true;
  }

  bool target() noexcept {
    const char* start = at_;
    while (!out() && static_cast<unsigned char>(*at_) > 0x20 && static_cast<unsigned char>(*at_) < 0x7f)
      ++at_;
    if (out()) return incomplete();
    if (*at_ == '\r' || *at_ == '\n') return bad("the request line has no HTTP version");
    if (at_ == start || *at_ != ' ') return bad("the request target is empty or holds a forbidden byte");
    head_.target = {start, at_};
    ++at_;
    return true;
  }

  /// "HTTP/" DIGIT "." DIGIT CRLF. A higher minor version of HTTP/1 is served as HTTP/1.1 (RFC 9110, 2.5).
  bool version() noexcept {
    constexpr std::string_view kForm = "HTTP/d.d\r\n";
    const auto there = std::min(kForm.size(), static_cast<std::size_t>(end_ - at_));
    for (std::size_t i = 0; i < there; ++i) {
      const bool fits = kForm[i] == 'd' ? at_[i] >= '0' && at_[i] <= '9' : at_[i] == kForm[i];
      if (!fits) return bad("the request line does not end with an HTTP version and CRLF");
    }
    if (there < kForm.size()) return incomplete();
    if (at_[5] != '1') return bad("only HTTP/1.0 and HTTP/1.1 are served here", 505);
    head_.minor_version = at_[7] == '0' ? 0 : 1;
    head_.keep_alive = head_.minor_version == 1;
    at_ += kForm.size();
    return true;
  }

  bool check_target() {
    if (head_.method == "CONNECT") return bad("CONNECT is not supported", 501);
    if (head_.method == "OPTIONS" && head_.target == "*") return true;
    if (!split_target(head_.target)) return bad("the request target is neither a path nor an http URL");
    return true;
  }

  bool field_lines() {
    for (;;) {
      if (out()) return incomplete();
      if (*at_ == '\r' || *at_ == '\n') return line_end({});
      if (is_blank(*at_)) return bad("a field line starts with white space (folding is obsolete)");
      if (head_.fields.size() == limits_.fields) return bad("too many header fields", 431);
      if (!field_line()) return false;
    }
  }

  bool field_line() {
    const char* name = at_;
    while (!out() && is(*at_, kTokenChar)) ++at_;
    if (out()) return incomplete();
    if (*at_ != ':') {
      return bad(is_blank(*at_) ? "white space between a field name and its colon"
                                : "a field line is not a name, a colon and a value");
    }
    if (at_ == name) return bad("a field line has no name");
    const char* name_end = at_++;

    while (!out() && is_blank(*at_)) ++at_;
    const char* value = at_;
    at_ = find_field_value_end(at_, end_);
    if (out()) return incomplete();
    const char* value_end = at_;
    if (!line_end("a field value holds a control byte")) return false;
    while (value_end > value && is_blank(value_end[-1])) --value_end;

    const FieldView field{{name, name_end}, {value, value_end}};
    head_.fields.push_back(field);
    return interpret(field);
  }

  /// The fields a connection acts on. Told apart by length first: most fields are none of them.
  bool interpret(const FieldView& field) noexcept {
    switch (field.name.size()) {
      case 4:
        return !equals_ignoring_case(field.name, "Host") || host(field.value);
      case 6:
        if (equals_ignoring_case(field.name, "Expect") && head_.minor_version == 1) {
          head_.expects_continue |= equals_ignoring_case(field.value, "100-continue");
        }
        return true;
      case 10:
        if (equals_ignoring_case(field.name, "Connection")) connection(field.value);
        return true;
      case 14:
        return !equals_ignoring_case(field.name, "Content-Length") || content_length(field.value);
      case 17:
        return !equals_ignoring_case(field.name, "Transfer-Encoding") || transfer_encoding(field.value);
      default:
        return true;
    }
  }

  bool host(std::string_view value) noexcept {
    if (has_host_) return bad("more than one Host field");
    if (!is_authority(value)) return bad("the Host field is not a host with an optional port");
    has_host_ = true;
    head_.host = value;
    return true;
  }

  void connection(std::string_view list) noexcept {
    while (!list.empty()) {
      const auto comma = std::min(list.find(','), list.size());
      auto option = list.substr(0, comma);
      list.remove_prefix(std::min(comma + 1, list.size()));
      while (!option.empty() && is_blank(option.front())) option.remove_prefix(1);
      while (!option.empty() && is_blank(option.back())) option.remove_suffix(1);
      closes_ |= equals_ignoring_case(option, "close");
      keeps_ |= equals_ignoring_case(option, "keep-alive");
    }
  }

  bool content_length(std::string_view value) noexcept {
    if (head_.content_length) return bad("more than one Content-Length");
    constexpr std::size_t kMostDigits = 19;  // fits 64 bits whatever they are
    std::uint64_t length = 0;
    bool digits = !value.empty() && value.size() <= kMostDigits;
    for (const char c : value) {
      digits = digits && c >= '0' && c <= '9';
      length = length * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (!digits) return bad("Content-Length is not one decimal number");
    head_.content_length = length;
    return true;
  }

  bool transfer_encoding(std::string_view value) noexcept {
    if (head_.chunked) return bad("more than one Transfer-Encoding");
    if (head_.minor_version == 0) return bad("Transfer-Encoding in HTTP/1.0");
    if (value.empty()) return bad("Transfer-Encoding is empty");
    if (!equals_ignoring_case(value, "chunked")) return bad("the only transfer coding is chunked", 501);
    head_.chunked = true;
    return true;
  }

  bool framing() noexcept {
    if (!has_host_ && head_.minor_version == 1) return bad("no Host field");
    if (head_.chunked && head_.content_length) return bad("Content-Length beside Transfer-Encoding");
    head_.keep_alive = !closes_ && (head_.keep_alive || keeps_);
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const HeadLimits& limits_;
  RequestHead& head_;
  HeadResult result_;
  bool in_request_line_ = true;
  bool has_host_ = false;
  bool closes_ = false;
  bool keeps_ = false;
};

void clear(RequestHead& head) noexcept {
  auto fields = std::move(head.fields);
  fields.clear();
  head = RequestHead();
  head.fields = std::move(fields);
}

/// True when the bytes from `scanned` on may change the verdict on an incomplete head: its first line
/// or its empty line ended, or a line ended wrongly. Until then there is no need to parse again.
bool worth_parsing(std::string_view bytes, std::size_t scanned) noexcept {
  for (auto lf = bytes.find('\n', scanned); lf != std::string_view::npos; lf = bytes.find('\n', lf + 1)) {
    if (lf == 0 || bytes[lf - 1] != '\r') return true;
    if (lf >= 2 && bytes[lf - 2] == '\n') return true;
    if (bytes.find('\n') == lf) return true;
  }
  return false;
}

}  // namespace

HeadResult parse_request_head(std::string_view bytes, const HeadLimits& limits, std::size_t& scanned,
                              RequestHead& head) {
  const bool over_limit = bytes.size() > limits.bytes;
  const auto considered = bytes.substr(0, limits.bytes);
  if (scanned > 0 && !over_limit && !worth_parsing(considered, scanned)) {
    scanned = bytes.size();
    return {};
  }
  clear(head);
  Parser parser(considered, limits, head);
  const auto result = parser.run();
  scanned = considered.size();
  if (result.kind != HeadResult::Kind::kIncomplete || !over_limit) return result;
  if (parser.in_request_line()) return {HeadResult::Kind::kBad, 0, 414, "the request target is too long"};
  return {HeadResult::Kind::kBad, 0, 431, "the request head is too large"};
}

}  // namespace wws::http

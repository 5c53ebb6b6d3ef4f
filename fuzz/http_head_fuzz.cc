// Fuzz target: request heads and chunked bodies, back to back as on a connection.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/request_head.h"
#include "http/url.h"

namespace {

using wws::http::ChunkedDecoder;
using wws::http::HeadResult;
using wws::http::RequestHead;

constexpr std::uint64_t kBodyLimit = 64 * 1024;

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

HeadResult parse_byte_by_byte(std::string_view bytes) {
  RequestHead head;
  std::size_t scanned = 0;
  HeadResult result;
  for (std::size_t size = 1; size <= bytes.size() && result.kind == HeadResult::Kind::kIncomplete; ++size) {
    result = wws::http::parse_request_head(bytes.substr(0, size), {}, scanned, head);
  }
  return result;
}

void check_head(const RequestHead& head) {
  require(wws::http::is_token(head.method));
  require(head.target == "*" || wws::http::split_target(head.target).has_value());
  require(wws::http::is_authority(head.host));
  require(!(head.chunked && head.content_length));
  require(head.minor_version == 1 || !head.chunked);
  for (const auto& field : head.fields) {
    require(wws::http::is_token(field.name));
    require(wws::http::is_field_value(field.value));
  }
}

/// A slow client gets the same verdict; it may only wait longer for a bad one.
HeadResult check_parser(std::string_view bytes, RequestHead& head) {
  std::size_t scanned = 0;
  const auto whole = wws::http::parse_request_head(bytes, {}, scanned, head);
  const auto slow = parse_byte_by_byte(bytes);
  require(whole.consumed <= bytes.size());
  if (whole.kind == HeadResult::Kind::kBad) {
    require(!whole.reason.empty() && whole.status >= 400);
    require(slow.kind == HeadResult::Kind::kIncomplete ||
            (slow.kind == whole.kind && slow.status == whole.status));
  } else {
    require(slow.kind == whole.kind && slow.consumed == whole.consumed);
  }
  if (whole.kind == HeadResult::Kind::kComplete) check_head(head);
  return whole;
}

/// The bytes of `input` a chunked body takes; std::string_view::npos when it is bad or has no end.
std::size_t check_decoder(std::string_view input) {
  ChunkedDecoder at_once;
  std::string body;
  const auto whole = at_once.decode(input, body, kBodyLimit);
  require(whole.consumed <= input.size() && body.size() <= kBodyLimit);

  ChunkedDecoder slow;
  std::string slow_body;
  ChunkedDecoder::Progress progress;
  std::size_t consumed = 0;
  while (consumed < input.size() && progress.status == ChunkedDecoder::Status::kMore) {
    progress = slow.decode(input.substr(consumed, 1), slow_body, kBodyLimit);
    consumed += progress.consumed;
  }
  require(progress.status == whole.status && consumed == whole.consumed && slow_body == body);
  return whole.status == ChunkedDecoder::Status::kDone ? whole.consumed : std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  std::string_view rest = text;
  check_decoder(rest);
  RequestHead head;
  while (!rest.empty()) {
    const auto result = check_parser(rest, head);
    if (result.kind != HeadResult::Kind::kComplete) break;
    rest.remove_prefix(result.consumed);
    const auto body = head.chunked ? check_decoder(rest) : head.content_length.value_or(0);
    if (body > rest.size()) break;
    rest.remove_prefix(body);
    const auto path = head.target == "*" ? std::nullopt : wws::http::split_target(head.target);
    const auto normal = path ? wws::http::normalise_path(path->path) : std::nullopt;
    if (normal) require(wws::http::normalise_path(*normal) == normal);
  }
  return 0;
}

#include "http/chunked.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/characters.h"

namespace wws::http {
namespace {

constexpr std::size_t kMostSizeDigits = 16;  // 64 bits
constexpr std::size_t kMostExtensionBytes = 1024;
constexpr std::size_t kMostExtensionBytesInAll = 16 * 1024;
constexpr std::size_t kMostTrailerBytes = 8 * 1024;

constexpr std::string_view kBadSize = "a chunk size is not a hexadecimal number and CRLF";
constexpr std::string_view kBadTrailer = "a trailer is not a field line";

}  // namespace

ChunkedDecoder::Progress ChunkedDecoder::decode(std::string_view input, std::string& body,
                                                std::uint64_t limit) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - at));
      body.append(input, at, taken);
      at += taken;
      remaining_ -= taken;
      if (remaining_ == 0) state_ = State::kDataCr;
      continue;
    }
    if (const auto reason = step(input[at++]); !reason.empty()) return {Status::kBad, at, reason};
    if (state_ == State::kData && (body.size() > limit || remaining_ > limit - body.size())) {
      return {Status::kTooLarge, at, "the request body is too large"};
    }
  }
  return {state_ == State::kDone ? Status::kDone : Status::kMore, at, {}};
}

std::string_view ChunkedDecoder::step(char c) noexcept {
  switch (state_) {
    case State::kSize:
      return size_digit(c);
    case State::kSizeSpace:
      return after_size(c);
    case State::kExtension:
      return extension(c);
    case State::kSizeLf:
      if (c != '\n') return kBadSize;
      state_ = remaining_ == 0 ? State::kTrailerStart : State::kData;
      return {};
    case State::kDataCr:
      if (c != '\r') return "a chunk's data does not end with CRLF";
      state_ = State::kDataLf;
      return {};
    case State::kDataLf:
      if (c != '\n') return "a chunk's data does not end with CRLF";
      state_ = State::kSize;
      size_digits_ = 0;
      extension_bytes_ = 0;
      return {};
    case State::kEndLf:
      if (c != '\n') return kBadTrailer;
      state_ = State::kDone;
      return {};
    case State::kTrailerStart:
    case State::kTrailerName:
    case State::kTrailerValue:
    case State::kTrailerLf:
      return trailer(c);
    case State::kData:
    case State::kDone:
      break;
  }
  return {};  // decode() handles these two
}

std::string_view ChunkedDecoder::size_digit(char c) noexcept {
  const int digit = hex_digit(c);
  if (digit < 0) return size_digits_ == 0 ? kBadSize : after_size(c);
  if (++size_digits_ > kMostSizeDigits) return "a chunk size has too many digits";
  remaining_ = (remaining_ << 4) | static_cast<std::uint64_t>(digit);
  return {};
}

std::string_view ChunkedDecoder::after_size(char c) noexcept {
  if (c == '\r' && state_ == State::kSize) {
    state_ = State::kSizeLf;
  } else if (c == ';') {
    state_ = State::kExtension;
  } else if (is_blank(c)) {
    state_ = State::kSizeSpace;
  } else {
    return kBadSize;
  }
  return c == '\r' ? std::string_view() : extension(c);
}

std::string_view ChunkedDecoder::extension(char c) noexcept {
  if (c == '\r') {
    state_ = State::kSizeLf;
    return {};
  }
  if (is_field_control(c)) return "a chunk extension holds a control byte";
  if (++extension_bytes_ > kMostExtensionBytes || ++all_extension_bytes_ > kMostExtensionBytesInAll) {
    return "the chunk extensions are too long";
  }
  return {};
}

std::string_view ChunkedDecoder::trailer(char c) noexcept {
  if (++trailer_bytes_ > kMostTrailerBytes) return "the trailers are too long";
  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') {
        state_ = State::kEndLf;
        return {};
      }
      state_ = State::kTrailerName;
      return is(c, kTokenChar) ? std::string_view() : kBadTrailer;
    case State::kTrailerName:
      if (c == ':') {
        state_ = State::kTrailerValue;
        return {};
      }
      return is(c, kTokenChar) ? std::string_view() : kBadTrailer;
    case State::kTrailerValue:
      if (c == '\r') {
        state_ = State::kTrailerLf;
        return {};
      }
      return is_field_control(c) ? kBadTrailer : std::string_view();
    default:  // kTrailerLf
      state_ = State::kTrailerStart;
      return c == '\n' ? std::string_view() : kBadTrailer;
  }
}

void append_chunk_size(std::string& out, std::size_t size) {
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", size);
}

}  // namespace wws::http

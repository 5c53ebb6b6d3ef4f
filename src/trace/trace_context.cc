#include "trace/trace_context.h"

#include <algorithm>

namespace wws::trace {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::uint8_t kSampledFlag = 1;
constexpr std::uint8_t kForbiddenVersion = 0xff;

/// Capital letters are not allowed there.
template <std::size_t kSize>
bool read_hex(std::string_view text, std::array<std::uint8_t, kSize>& bytes) noexcept {
  for (std::size_t i = 0; i < kSize; ++i) {
    const std::size_t high = kHexDigits.find(text[2 * i]);
    const std::size_t low = kHexDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

char* put_hex(char* out, std::span<const std::uint8_t> bytes) noexcept {
  for (const std::uint8_t byte : bytes) {
    *out++ = kHexDigits[byte >> 4];
    *out++ = kHexDigits[byte & 15];
  }
  return out;
}

template <std::size_t kSize>
bool is_zero(const std::array<std::uint8_t, kSize>& bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

std::optional<Context> parse_traceparent(std::string_view text) noexcept {
  if (text.size() < kTraceparentSize || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  Context context;
  if (!read_hex(text, version) || !read_hex(text.substr(3), context.trace) ||
      !read_hex(text.substr(36), context.span) || !read_hex(text.substr(53), flags))
    return std::nullopt;
  if (version[0] == kForbiddenVersion || is_zero(context.trace) || is_zero(context.span)) return std::nullopt;
  const bool has_more = text.size() > kTraceparentSize;
  if (has_more && (version[0] == 0 || text[kTraceparentSize] != '-')) return std::nullopt;
  context.is_sampled = (flags[0] & kSampledFlag) != 0;
  return context;
}

void write_traceparent(const Context& context, std::span<char, kTraceparentSize> text) noexcept {
  char* out = text.data();
  *out++ = '0';
  *out++ = '0';
  *out++ = '-';
  out = put_hex(out, context.trace);
  *out++ = '-';
  out = put_hex(out, context.span);
  *out++ = '-';
  *out++ = '0';
  *out++ = context.is_sampled ? '1' : '0';
}

}  // namespace wws::trace

// Character classes of HTTP and URIs in one table, for the parsers of this folder.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wws::http {

/// Bits of the table; a character has one for every class it belongs to.
inline constexpr std::uint8_t kTokenChar = 1;   ///< tchar, RFC 9110, 5.6.2
inline constexpr std::uint8_t kTargetChar = 2;  ///< path and query of a target (http/url.h)
inline constexpr std::uint8_t kUriChar = 4;     ///< path and query of a URI: pchar, '/', '?' (RFC 3986, 3.4)
inline constexpr std::uint8_t kUnreservedChar = 8;  ///< unreserved, RFC 3986, 2.3

constexpr std::array<std::uint8_t, 256> make_character_table() {
  std::array<std::uint8_t, 256> table{};
  const auto add = [&table](std::string_view characters, std::uint8_t bits) {
    for (const char c : characters) {
      auto& entry = table[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | bits);
    }
  };
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
      kTokenChar | kTargetChar | kUriChar | kUnreservedChar);
  add("!#$%&'*+-.^_`|~", kTokenChar);
  add("-._~", kUnreservedChar);
  add("-._~!$&'()*+,;=:@%/?", kTargetChar | kUriChar);
  add("\"<>[\\]^`{|}", kTargetChar);  // the other visible ones but '#': no URI has them, clients send them
  return table;
}
inline constexpr std::array<std::uint8_t, 256> kCharacters = make_character_table();

[[nodiscard]] constexpr bool is(char c, std::uint8_t character_class) noexcept {
  return (kCharacters[static_cast<unsigned char>(c)] & character_class) != 0;
}

[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// ASCII letters in lower case.
[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

/// SP or HTAB.
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// The digit's value, or -1.
[[nodiscard]] constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c = to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The byte that the escape "%XX" at `at` of `text` stands for; -1: there is none, or it is a bad one.
[[nodiscard]] constexpr int escape_at(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size() || text[at] != '%' || text.size() - at < 3) return -1;
  const int high = hex_digit(text[at + 1]);
  const int low = hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// A byte no field value may hold: a control byte other than HTAB.
[[nodiscard]] constexpr bool is_field_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

/// The first is_field_control byte in [from, end), or `end`. Looks at eight bytes at a time: values
/// are most of a head.
[[nodiscard]] inline const char* find_field_value_end(const char* from, const char* end) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighBits = kOnes * 0x80;
  while (end - from >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    // Each term has the high bit of a byte that is below 0x20, or equal to DEL.
    const std::uint64_t hits = (((word - kOnes * 0x20) & ~word) | ((del - kOnes) & ~del)) & kHighBits;
    if (hits == 0) {
      from += 8;
      continue;
    }
    if constexpr (std::endian::native == std::endian::little) from += std::countr_zero(hits) / 8;
    // A tab, or a borrow from the byte before: the byte test decides.
    for (int i = 0; i < 8 && from < end; ++i, ++from) {
      if (is_field_control(*from)) return from;
    }
  }
  while (from < end && !is_field_control(*from)) ++from;
  return from;
}

}  // namespace wws::http

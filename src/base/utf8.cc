#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace wws::base {

std::size_t utf8_sequence_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return continues(1) ? 2 : 0;
  if (first < 0xF0) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) >= 0xA0) return 0;
    return 3;
  }
  if (first > 0xF4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return 4;
}

char32_t take_character(std::string_view& text) noexcept {
  constexpr char32_t kBeyondUnicode = 0x110000;
  const std::size_t size = utf8_sequence_length(text);
  const auto first = static_cast<unsigned char>(text.front());
  char32_t character = size == 1 ? first : first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i)
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(size == 0 ? 1 : size);
  return size == 0 ? kBeyondUnicode + first : character;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    // Eight ASCII bytes at a time: most text is.
    std::uint64_t chunk = 0;
    if (text.size() >= sizeof chunk) {
      std::memcpy(&chunk, text.data(), sizeof chunk);
      if ((chunk & 0x8080808080808080U) == 0) {
        text.remove_prefix(sizeof chunk);
        continue;
      }
    }
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string utf8_from_latin1(std::string_view text) {
  std::string utf8;
  utf8.reserve(text.size() * 2);
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | value >> 6);
      utf8 += static_cast<char>(0x80 | (value & 0x3F));
    }
  }
  return utf8;
}

}  // namespace wws::base

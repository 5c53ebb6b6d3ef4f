#include "base/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace wws::base {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> kValues = make_values();

/// Without the padding; std::nullopt when there is padding that does not belong there.
std::optional<std::string_view> without_padding(std::string_view text) {
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  if (padding > 0 && text.size() % 4 != 0) return std::nullopt;
  return text.substr(0, text.size() - padding);
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6;) {
      count -= 6;
      text.push_back(kAlphabet[bits >> count & 0x3f]);
    }
  }
  if (count > 0) text.push_back(kAlphabet[bits << (6 - count) & 0x3f]);
  while (text.size() % 4 != 0) text.push_back('=');
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  const auto digits = without_padding(text);
  if (!digits || digits->size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits->size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : *digits) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  const std::uint32_t spare = bits & ((1U << count) - 1);
  if (spare != 0) return std::nullopt;
  return bytes;
}

}  // namespace wws::base

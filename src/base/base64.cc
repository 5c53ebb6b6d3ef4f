#include "base/base64.h"

#include <algorithm>
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

char* write_group(char* out, const char* bytes) noexcept {
  const auto byte = [&](int i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
  const std::uint32_t bits = byte(0) << 16 | byte(1) << 8 | byte(2);
  for (const int shift : {18, 12, 6, 0}) *out++ = kAlphabet[bits >> shift & 0x3f];
  return out;
}

/// Three bytes are four characters; what is left at the end is padded.
void write_groups(char* out, std::string_view bytes) noexcept {
  constexpr std::size_t kGroup = 3;
  for (; bytes.size() >= kGroup; bytes.remove_prefix(kGroup)) out = write_group(out, bytes.data());
  if (bytes.empty()) return;
  std::array<char, kGroup> last{};
  std::copy(bytes.begin(), bytes.end(), last.begin());
  out = write_group(out, last.data());
  std::fill(out - (kGroup - bytes.size()), out, '=');
}

}  // namespace

void append_base64(std::string& text, std::string_view bytes) {
  const std::size_t before = text.size();
  const std::size_t after = before + base64_size(bytes.size());
  text.resize_and_overwrite(after, [&](char* out, std::size_t) {
    write_groups(out + before, bytes);
    return after;
  });
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
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

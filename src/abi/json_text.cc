#include "abi/json_text.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace wws::abi {
namespace {

/// Bytes that one may become are written together.
constexpr std::size_t kSlack = 8;

/// What a byte is in a JSON string. Of `text` all is copied, since that is one move, and `size` counts.
struct Written {
  std::array<char, kSlack> text{};
  std::uint8_t size = 1;
};

constexpr Written written(unsigned char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (byte) {
    case '"':
      return {{'\\', '"'}, 2};
    case '\\':
      return {{'\\', '\\'}, 2};
    case '\b':
      return {{'\\', 'b'}, 2};
    case '\f':
      return {{'\\', 'f'}, 2};
    case '\n':
      return {{'\\', 'n'}, 2};
    case '\r':
      return {{'\\', 'r'}, 2};
    case '\t':
      return {{'\\', 't'}, 2};
    default:
      if (byte < 0x20) return {{'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 0xf]}, 6};
      return {{static_cast<char>(byte)}, 1};
  }
}

constexpr std::array<Written, 256> make_written() {
  std::array<Written, 256> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = written(static_cast<unsigned char>(i));
  return all;
}

constexpr std::array<Written, 256> kWritten = make_written();

const Written& written_form(char c) noexcept { return kWritten[static_cast<unsigned char>(c)]; }

/// Most text needs no escape, so eight bytes are looked at together.
constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t load(const char* text) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text, kWord);
  return word;
}

/// Whether one of the eight bytes is a control character, `"` or `\`. A byte borrows from its upper bit when
/// it is less than what is taken from it.
bool has_special(std::uint64_t word) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kUpper = 0x8080808080808080U;
  const auto less = [](std::uint64_t bytes, unsigned limit) { return (bytes - kOnes * limit) & ~bytes; };
  return ((less(word, 0x20) | less(word ^ kOnes * '"', 1) | less(word ^ kOnes * '\\', 1)) & kUpper) != 0;
}

/// Bytes at the start of `text` that stay as they are, in whole words but for the last.
std::size_t plain_size(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i + kWord <= text.size() && !has_special(load(text.data() + i))) i += kWord;
  if (i + kWord <= text.size()) return i;
  while (i < text.size() && written_form(text[i]).size == 1) ++i;
  return i;
}

/// How large `text` becomes.
std::size_t written_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for (const char c : text) size += written_form(c).size;
  return size;
}

/// Writes to `out`, where written_size() and kSlack bytes are free. Returns the end of what it wrote.
char* write(char* out, std::string_view text) noexcept {
  const auto write_one = [&](char c) {
    const Written& form = written_form(c);
    std::memcpy(out, form.text.data(), form.text.size());
    out += form.size;
  };
  const char* in = text.data();
  const char* const end = in + text.size();
  for (; static_cast<std::size_t>(end - in) >= kWord; in += kWord) {
    if (has_special(load(in))) {
      for (std::size_t i = 0; i < kWord; ++i) write_one(in[i]);
    } else {
      std::memcpy(out, in, kWord);
      out += kWord;
    }
  }
  for (; in != end; ++in) write_one(*in);
  return out;
}

}  // namespace

void append_json(std::string& json, std::string_view text) {
  const std::size_t plain = plain_size(text);
  json.append(text.substr(0, plain));
  text.remove_prefix(plain);
  if (text.empty()) return;
  const std::size_t before = json.size();
  json.resize_and_overwrite(before + written_size(text) + kSlack, [&](char* bytes, std::size_t) {
    return static_cast<std::size_t>(write(bytes + before, text) - bytes);
  });
}

void append_json_string(std::string& json, std::string_view text) {
  json += '"';
  if (base::is_utf8(text)) {
    append_json(json, text);
  } else {
    append_json(json, base::utf8_from_latin1(text));
  }
  json += '"';
}

}  // namespace wws::abi

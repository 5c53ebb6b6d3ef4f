// What the server fills into a buffer, and lists in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "quickjs.h"

namespace wws::js {

/// Most answers of the server fit into this: no allocation, and always the same page.
alignas(4096) inline char short_buffer[16384];

/// What a function that fills (buffer, capacity) gives; its length is below 0 if there is nothing.
class Filled {
 public:
  template <typename Ask>
  explicit Filled(Ask ask) : length_(ask(short_buffer, sizeof short_buffer)) {
    if (length_ <= static_cast<std::int32_t>(sizeof short_buffer)) return;
    long_.resize(static_cast<std::size_t>(length_));
    length_ = ask(long_.data(), long_.size());
  }
  std::int32_t length() const noexcept { return length_; }
  std::string_view view() const noexcept {
    if (length_ < 0) return {};
    return {long_.empty() ? short_buffer : long_.data(), static_cast<std::size_t>(length_)};
  }

 private:
  std::int32_t length_;
  std::string long_;
};

/// The unsigned number of 4 bytes at this place.
inline std::uint32_t number_at(std::string_view bytes, std::size_t at) noexcept {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

/// Calls `take(name, value)` for each entry of a list of the native ABI.
template <typename Take>
void each_entry(std::string_view list, Take take) {
  for (std::size_t at = 0; at + 8 <= list.size();) {
    const std::uint32_t name = number_at(list, at);
    const std::uint32_t value = number_at(list, at + 4);
    at += 8;
    take(list.substr(at, name), list.substr(at + name, value));
    at += std::size_t{name} + value;
  }
}

enum class Text { kUtf8, kLatin1 };

/// A list of the native ABI as [name, value, name, value, ...]. Values of header fields may be any bytes
/// (kLatin1): each is a character, as the Fetch standard has it.
JSValue list_as_array(std::string_view list, Text text) noexcept;

/// Bytes, each of which is a character.
JSValue latin1_string(std::string_view bytes) noexcept;

/// The reverse of that for text in UTF-8: one byte for each character, none of which is above U+00FF.
std::string latin1_bytes(std::string_view text);

}  // namespace wws::js

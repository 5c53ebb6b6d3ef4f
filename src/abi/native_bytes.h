// How `wws_v1` writes numbers, texts and lists into bytes (docs/abi.md). Private to this folder.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace wws::abi {

static_assert(std::endian::native == std::endian::little, "bytes of the ABI are little-endian");

template <class Number>
void append_number(std::string& bytes, Number value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void append_length(std::string& bytes, std::string_view text) {
  append_number(bytes, static_cast<std::uint32_t>(text.size()));
}

/// A text behind its length.
inline void append_sized(std::string& bytes, std::string_view text) {
  append_length(bytes, text);
  bytes += text;
}

/// One entry of a list: both lengths, then name and value.
inline void append_entry(std::string& list, std::string_view name, std::string_view value) {
  append_length(list, name);
  append_length(list, value);
  list += name;
  list += value;
}

/// Takes numbers and texts off bytes that a guest encoded.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  std::optional<Number> number() {
    Number value{};
    if (bytes_.size() < sizeof value) return std::nullopt;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::optional<std::string> text(std::uint32_t size) {
    if (bytes_.size() < size) return std::nullopt;
    std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  [[nodiscard]] bool is_at_end() const noexcept { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace wws::abi

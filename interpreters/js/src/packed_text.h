// Text of the engine's own, a quarter of its size until somebody needs it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace wws::js {

/// What gzip made of a text, and the text's size.
struct PackedText {
  std::span<unsigned char> bytes;
  std::size_t size = 0;
};

/// A text while it is needed. It is wiped out afterwards, so that no image has it.
class UnpackedText {
 public:
  explicit UnpackedText(const PackedText& packed) noexcept;
  UnpackedText(const UnpackedText&) = delete;
  UnpackedText& operator=(const UnpackedText&) = delete;
  ~UnpackedText();

  /// With a zero behind its end. Empty: it was wiped out before, or there is no memory.
  [[nodiscard]] std::string_view view() const noexcept { return {text_.get(), text_ ? size_ : 0}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> text_;
};

}  // namespace wws::js

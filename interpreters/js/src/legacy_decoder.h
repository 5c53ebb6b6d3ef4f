// Decoders of the Encoding standard for everything but UTF-8 (https://encoding.spec.whatwg.org/).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "encoding_tables.h"

namespace wws::js {

/// What is left between two pieces of a stream; all zero at its begin.
struct DecoderState {
  std::uint8_t first = 0;  ///< bytes of a character that is not whole yet
  std::uint8_t second = 0;
  std::uint8_t third = 0;
  std::uint8_t is_odd = 0;       ///< UTF-16: `first` is there
  std::uint8_t mode = 0;         ///< ISO-2022-JP: state, and the one that an escape sequence goes back to
  std::uint8_t output_mode = 0;  ///<
  std::uint8_t has_output = 0;   ///< ISO-2022-JP: an escape sequence was the last
  std::uint8_t unused = 0;
  std::uint16_t lead = 0;  ///< UTF-16: a surrogate without its other half
};

/// Decodes one piece. Lives for that piece alone; the state outlives it.
class LegacyDecoder {
 public:
  LegacyDecoder(const Encoding& encoding, DecoderState& state) : encoding_(encoding), state_(state) {}

  void decode(std::span<const std::uint8_t> bytes);
  /// The stream ends here.
  void finish();

  /// What was decoded; errors are U+FFFD in it.
  const std::u16string& text() const noexcept { return text_; }
  bool had_errors() const noexcept { return had_errors_; }

 private:
  void next(std::uint8_t byte);
  void add(std::uint32_t character);
  void fail();
  void add_or_fail(std::uint32_t character, std::uint8_t last);
  void single_byte(std::uint8_t byte);
  void utf16(std::uint8_t byte);
  void gb18030(std::uint8_t byte);
  void gb18030_four(std::uint8_t byte);
  void big5(std::uint8_t byte);
  void euc_jp(std::uint8_t byte);
  void euc_kr(std::uint8_t byte);
  void shift_jis(std::uint8_t byte);
  void iso_2022_jp(std::uint8_t byte);
  void iso_2022_jp_escape(std::uint8_t byte);

  const Encoding& encoding_;
  DecoderState& state_;
  std::u16string text_;
  bool had_errors_ = false;
};

}  // namespace wws::js

#include "legacy_decoder.h"

#include <algorithm>
#include <utility>

namespace wws::js {
namespace {

constexpr std::uint32_t kNone = 0;

constexpr bool is_between(std::uint32_t value, std::uint32_t lowest, std::uint32_t highest) {
  return value >= lowest && value <= highest;
}

std::uint32_t entry(const std::uint16_t* index, std::size_t size, std::uint32_t pointer) {
  return pointer < size ? index[pointer] : kNone;
}

std::uint32_t gb18030_of_four(std::uint32_t pointer) {
  if (is_between(pointer, 39420, 188999) || pointer > 1237575) return kNone;
  if (pointer == 7457) return 0xE7C7;
  const auto* end = gb18030_ranges + gb18030_range_count;
  const auto* after = std::upper_bound(
      gb18030_ranges, end, pointer,
      [](std::uint32_t wanted, const Gb18030Range& range) { return wanted < range.pointer; });
  const Gb18030Range& range = *(after - 1);
  return range.character + pointer - range.pointer;
}

/// States of ISO-2022-JP; those up to kLead are also what an escape sequence chooses.
enum Mode : std::uint8_t { kAscii, kRoman, kKatakana, kLead, kTrail, kEscapeStart, kEscape };

}  // namespace

void LegacyDecoder::add(std::uint32_t character) {
  if (character < 0x10000) {
    text_ += static_cast<char16_t>(character);
    return;
  }
  text_ += static_cast<char16_t>(0xD800 + ((character - 0x10000) >> 10));
  text_ += static_cast<char16_t>(0xDC00 + ((character - 0x10000) & 0x3FF));
}

void LegacyDecoder::fail() {
  had_errors_ = true;
  text_ += u'\uFFFD';
}

/// What two or three bytes came to, of which `last` stands for itself if they are nothing.
void LegacyDecoder::add_or_fail(std::uint32_t character, std::uint8_t last) {
  if (character != kNone) return add(character);
  fail();
  if (last < 0x80) add(last);
}

void LegacyDecoder::decode(std::span<const std::uint8_t> bytes) {
  text_.reserve(bytes.size() + 1);
  for (const std::uint8_t byte : bytes) next(byte);
}

void LegacyDecoder::next(std::uint8_t byte) {
  switch (encoding_.decoder) {
    case Decoder::kSingleByte:
      return single_byte(byte);
    case Decoder::kUtf16Le:
    case Decoder::kUtf16Be:
      return utf16(byte);
    case Decoder::kGb18030:
      return gb18030(byte);
    case Decoder::kBig5:
      return big5(byte);
    case Decoder::kEucJp:
      return euc_jp(byte);
    case Decoder::kEucKr:
      return euc_kr(byte);
    case Decoder::kShiftJis:
      return shift_jis(byte);
    case Decoder::kIso2022Jp:
      return iso_2022_jp(byte);
    case Decoder::kUserDefined:
      return add(byte < 0x80 ? byte : 0xF780 + byte - 0x80);
    case Decoder::kReplacement:
      // One error for the whole stream.
      if (state_.is_odd == 0) fail();
      state_.is_odd = 1;
      return;
    case Decoder::kUtf8:
      return;
  }
}

void LegacyDecoder::finish() {
  if (encoding_.decoder == Decoder::kIso2022Jp) {
    // What an escape sequence has begun with is text of its own, and may begin another.
    while (state_.mode > kLead) {
      const bool has_lead = state_.mode == kEscape;
      const std::uint8_t lead = state_.first;
      state_.mode = state_.mode == kTrail ? kLead : state_.output_mode;
      fail();
      if (has_lead) iso_2022_jp(lead);
    }
  } else if (encoding_.decoder != Decoder::kReplacement &&
             (state_.first != 0 || state_.is_odd != 0 || state_.lead != 0)) {
    fail();
  }
  state_ = {};
}

void LegacyDecoder::single_byte(std::uint8_t byte) {
  const std::uint32_t character = byte < 0x80 ? byte : encoding_.upper_half[byte - 0x80];
  if (byte >= 0x80 && character == kNone) return fail();
  add(character);
}

void LegacyDecoder::utf16(std::uint8_t byte) {
  if (state_.is_odd == 0) {
    state_.first = byte;
    state_.is_odd = 1;
    return;
  }
  const std::uint8_t before = std::exchange(state_.first, 0);
  state_.is_odd = 0;
  const bool is_little = encoding_.decoder == Decoder::kUtf16Le;
  const auto unit = static_cast<std::uint16_t>(is_little ? before | (byte << 8) : byte | (before << 8));
  const bool is_trail = is_between(unit, 0xDC00, 0xDFFF);
  if (state_.lead != 0) {
    const std::uint16_t lead = std::exchange(state_.lead, 0);
    if (is_trail) {
      text_ += static_cast<char16_t>(lead);
      text_ += static_cast<char16_t>(unit);
      return;
    }
    fail();
  }
  if (is_between(unit, 0xD800, 0xDBFF)) {
    state_.lead = unit;
  } else if (is_trail) {
    fail();
  } else {
    text_ += static_cast<char16_t>(unit);
  }
}

/// The bytes after the first: up to three that are kept, and what they come to.
void LegacyDecoder::gb18030_four(std::uint8_t byte) {
  const std::uint8_t first = state_.first;
  const std::uint8_t second = state_.second;
  const std::uint8_t third = state_.third;
  if (third == 0) {
    if (is_between(byte, 0x81, 0xFE)) {
      state_.third = byte;
      return;
    }
    state_ = {};
    fail();
    next(second);
    return next(byte);
  }
  state_ = {};
  if (!is_between(byte, 0x30, 0x39)) {
    fail();
    next(second);
    next(third);
    return next(byte);
  }
  const std::uint32_t pointer =
      (first - 0x81U) * 12600 + (second - 0x30U) * 1260 + (third - 0x81U) * 10 + byte - 0x30U;
  const std::uint32_t character = gb18030_of_four(pointer);
  if (character == kNone) return fail();
  add(character);
}

void LegacyDecoder::gb18030(std::uint8_t byte) {
  if (state_.second != 0) return gb18030_four(byte);
  if (state_.first != 0) {
    if (is_between(byte, 0x30, 0x39)) {
      state_.second = byte;
      return;
    }
    const std::uint32_t lead = std::exchange(state_.first, 0);
    const bool is_trail = is_between(byte, 0x40, 0x7E) || is_between(byte, 0x80, 0xFE);
    const std::uint32_t pointer = (lead - 0x81) * 190 + byte - (byte < 0x7F ? 0x40 : 0x41);
    return add_or_fail(is_trail ? entry(gb18030_index, gb18030_index_size, pointer) : kNone, byte);
  }
  if (byte < 0x80) return add(byte);
  if (byte == 0x80) return add(0x20AC);
  if (byte == 0xFF) return fail();
  state_.first = byte;
}

void LegacyDecoder::big5(std::uint8_t byte) {
  if (state_.first == 0) {
    if (byte < 0x80) return add(byte);
    if (!is_between(byte, 0x81, 0xFE)) return fail();
    state_.first = byte;
    return;
  }
  const std::uint32_t lead = std::exchange(state_.first, 0);
  if (!is_between(byte, 0x40, 0x7E) && !is_between(byte, 0xA1, 0xFE)) return add_or_fail(kNone, byte);
  const std::uint32_t pointer = (lead - 0x81) * 157 + byte - (byte < 0x7F ? 0x40 : 0x62);
  if (pointer == 1133 || pointer == 1135 || pointer == 1164 || pointer == 1166) {
    // A letter, and an accent on it.
    add(pointer < 1164 ? 0xCA : 0xEA);
    return add(pointer == 1133 || pointer == 1164 ? 0x304 : 0x30C);
  }
  std::uint32_t character = entry(big5_index, big5_index_size, pointer);
  if (pointer < big5_index_size && ((big5_is_astral[pointer / 8] >> (pointer % 8)) & 1) != 0)
    character += 0x20000;
  add_or_fail(character, byte);
}

void LegacyDecoder::euc_jp(std::uint8_t byte) {
  if (state_.first == 0) {
    if (byte < 0x80) return add(byte);
    if (byte != 0x8E && byte != 0x8F && !is_between(byte, 0xA1, 0xFE)) return fail();
    state_.first = byte;
    return;
  }
  if (state_.first == 0x8F && state_.second == 0 && is_between(byte, 0xA1, 0xFE)) {
    state_.second = byte;
    return;
  }
  const bool is_0212 = state_.second != 0;
  const std::uint32_t lead = is_0212 ? state_.second : state_.first;
  state_.first = state_.second = 0;
  if (lead == 0x8E && is_between(byte, 0xA1, 0xDF)) return add(0xFF61 - 0xA1 + byte);
  if (!is_between(lead, 0xA1, 0xFE) || !is_between(byte, 0xA1, 0xFE)) return add_or_fail(kNone, byte);
  const std::uint32_t pointer = (lead - 0xA1) * 94 + byte - 0xA1;
  add_or_fail(is_0212 ? entry(jis0212_index, jis0212_index_size, pointer)
                      : entry(jis0208_index, jis0208_index_size, pointer),
              byte);
}

void LegacyDecoder::euc_kr(std::uint8_t byte) {
  if (state_.first == 0) {
    if (byte < 0x80) return add(byte);
    if (!is_between(byte, 0x81, 0xFE)) return fail();
    state_.first = byte;
    return;
  }
  const std::uint32_t lead = std::exchange(state_.first, 0);
  if (!is_between(byte, 0x41, 0xFE)) return add_or_fail(kNone, byte);
  add_or_fail(entry(euc_kr_index, euc_kr_index_size, (lead - 0x81) * 190 + byte - 0x41), byte);
}

void LegacyDecoder::shift_jis(std::uint8_t byte) {
  if (state_.first == 0) {
    if (byte <= 0x80) return add(byte);
    if (is_between(byte, 0xA1, 0xDF)) return add(0xFF61 - 0xA1 + byte);
    if (!is_between(byte, 0x81, 0x9F) && !is_between(byte, 0xE0, 0xFC)) return fail();
    state_.first = byte;
    return;
  }
  const std::uint32_t lead = std::exchange(state_.first, 0);
  if (!is_between(byte, 0x40, 0x7E) && !is_between(byte, 0x80, 0xFC)) return add_or_fail(kNone, byte);
  const std::uint32_t pointer =
      (lead - (lead < 0xA0 ? 0x81 : 0xC1)) * 188 + byte - (byte < 0x7F ? 0x40 : 0x41);
  if (is_between(pointer, 8836, 10715)) return add(0xE000 - 8836 + pointer);
  add_or_fail(entry(jis0208_index, jis0208_index_size, pointer), byte);
}

/// After ESC.
void LegacyDecoder::iso_2022_jp_escape(std::uint8_t byte) {
  if (state_.mode == kEscapeStart) {
    if (byte == 0x24 || byte == 0x28) {
      state_.first = byte;
      state_.mode = kEscape;
      return;
    }
    state_.has_output = 0;
    state_.mode = state_.output_mode;
    fail();
    return iso_2022_jp(byte);
  }
  const std::uint8_t lead = std::exchange(state_.first, 0);
  int chosen = -1;
  if (lead == 0x28 && byte == 0x42) chosen = kAscii;
  if (lead == 0x28 && byte == 0x4A) chosen = kRoman;
  if (lead == 0x28 && byte == 0x49) chosen = kKatakana;
  if (lead == 0x24 && (byte == 0x40 || byte == 0x42)) chosen = kLead;
  if (chosen >= 0) {
    state_.mode = state_.output_mode = static_cast<std::uint8_t>(chosen);
    if (std::exchange(state_.has_output, 1) != 0) fail();
    return;
  }
  state_.has_output = 0;
  state_.mode = state_.output_mode;
  fail();
  iso_2022_jp(lead);
  iso_2022_jp(byte);
}

void LegacyDecoder::iso_2022_jp(std::uint8_t byte) {
  if (state_.mode >= kEscapeStart) return iso_2022_jp_escape(byte);
  if (byte == 0x1B) {
    const bool is_cut_off = state_.mode == kTrail;
    state_.mode = kEscapeStart;
    if (!is_cut_off) return;
    state_.has_output = 0;
    return fail();
  }
  state_.has_output = 0;
  switch (state_.mode) {
    case kRoman:
      if (byte == 0x5C) return add(0xA5);
      if (byte == 0x7E) return add(0x203E);
      [[fallthrough]];
    case kAscii:
      if (byte > 0x7F || byte == 0x0E || byte == 0x0F) return fail();
      return add(byte);
    case kKatakana:
      if (!is_between(byte, 0x21, 0x5F)) return fail();
      return add(0xFF61 - 0x21 + byte);
    case kLead:
      if (!is_between(byte, 0x21, 0x7E)) return fail();
      state_.first = byte;
      state_.mode = kTrail;
      return;
    default: {
      const std::uint32_t lead = std::exchange(state_.first, 0);
      state_.mode = kLead;
      if (!is_between(byte, 0x21, 0x7E)) return fail();
      const std::uint32_t character =
          entry(jis0208_index, jis0208_index_size, (lead - 0x21) * 94 + byte - 0x21);
      if (character == kNone) return fail();
      return add(character);
    }
  }
}

}  // namespace wws::js

// The tables of the Encoding standard, which make_encodings.mjs writes when the engine is built. Constant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wws::js {

/// What reads an encoding's bytes. gbk is read as gb18030.
enum class Decoder : std::uint8_t {
  kUtf8,
  kUtf16Le,
  kUtf16Be,
  kSingleByte,
  kGb18030,
  kBig5,
  kEucJp,
  kIso2022Jp,
  kShiftJis,
  kEucKr,
  kReplacement,
  kUserDefined,
};

struct Encoding {
  std::string_view name;  ///< in lower case
  Decoder decoder;
  const std::uint16_t* upper_half;  ///< of kSingleByte: characters of 0x80 to 0xFF; 0: none
};
/// utf-8, utf-16le, utf-16be, then the others.
extern const Encoding encodings[];
extern const std::size_t encoding_count;

struct Label {
  std::string_view text;  ///< in lower case
  std::uint8_t encoding;  ///< its place among `encodings`
};
/// In the order of their text.
extern const Label labels[];
extern const std::size_t label_count;

/// Characters by the standard's pointers; 0: none.
extern const std::uint16_t gb18030_index[];
extern const std::size_t gb18030_index_size;
extern const std::uint16_t jis0208_index[];
extern const std::size_t jis0208_index_size;
extern const std::uint16_t jis0212_index[];
extern const std::size_t jis0212_index_size;
extern const std::uint16_t euc_kr_index[];
extern const std::size_t euc_kr_index_size;
/// The low 16 bits; those whose bit is set in `big5_is_astral` are in the plane 2.
extern const std::uint16_t big5_index[];
extern const std::size_t big5_index_size;
extern const std::uint8_t big5_is_astral[];

/// Pointers of four bytes from `pointer` on are characters from `character` on.
struct Gb18030Range {
  std::uint32_t pointer;
  std::uint32_t character;
};
extern const Gb18030Range gb18030_ranges[];
extern const std::size_t gb18030_range_count;

}  // namespace wws::js

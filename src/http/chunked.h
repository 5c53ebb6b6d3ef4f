// The chunked transfer coding (RFC 9112, 7.1), decoded while it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wws::http {

/// Decodes one chunked body. Strict: CRLF only, hexadecimal sizes of at most 16 digits, extensions of
/// at most 1 KiB a chunk and 16 KiB in all (skipped), trailers of at most 8 KiB (validated as field
/// lines, dropped). Holds no bytes of the input, so that it may arrive in any pieces.
/// One object per body, for one thread; reset() for the next body, also after an error.
class ChunkedDecoder {
 public:
  enum class Status { kMore, kDone, kBad, kTooLarge };

  struct Progress {
    Status status = Status::kMore;
    std::size_t consumed = 0;  ///< bytes of `input` used; after kDone the rest is the next request
    std::string_view reason;   ///< kBad, kTooLarge: one clear line, static text
  };

  /// Decodes from `input` and appends data to `body`. `limit`: the most bytes `body` may hold;
  /// beyond it kTooLarge, decided from the chunk's size before its data is read.
  /// kMore: all of `input` is used. Extensions or trailers beyond their limits are kBad.
  [[nodiscard]] Progress decode(std::string_view input, std::string& body, std::uint64_t limit);
  void reset() noexcept { *this = ChunkedDecoder(); }

 private:
  enum class State {
    kSize,       ///< hexadecimal digits
    kSizeSpace,  ///< white space between the size and an extension
    kExtension,  ///< after the first ';' up to the CR
    kSizeLf,     ///< the CR of a size line is read
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,  ///< at the start of a field line or of the empty line
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf,  ///< the CR of the empty line is read
    kDone,
  };

  /// The next byte of anything but data. Returns the reason when it does not fit, else {}.
  [[nodiscard]] std::string_view step(char c) noexcept;
  [[nodiscard]] std::string_view size_digit(char c) noexcept;
  [[nodiscard]] std::string_view after_size(char c) noexcept;
  [[nodiscard]] std::string_view extension(char c) noexcept;
  [[nodiscard]] std::string_view trailer(char c) noexcept;

  State state_ = State::kSize;
  std::uint64_t remaining_ = 0;  ///< of the chunk, in bytes
  std::size_t size_digits_ = 0;
  std::size_t extension_bytes_ = 0;  ///< of this chunk
  std::size_t all_extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

/// Appends the size line of a chunk; `size` bytes of data and a CRLF follow. A chunk of 0 is the last one: an
/// empty line ends the body.
void append_chunk_size(std::string& out, std::size_t size);

}  // namespace wws::http

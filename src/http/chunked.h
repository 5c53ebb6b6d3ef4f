// The chunked transfer coding (RFC 9112, 7.1), decoded while it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wws::http {

/// Decodes one chunked body. Strict: CRLF only, hexadecimal sizes of at most 16 digits, extensions of
/// at most 1 KiB a chunk and 16 KiB in all (skipped), trailers of at most 8 KiB (validated as field lines, dropped).
/// One object per body; reset() for the next one.
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
  [[nodiscard]] Progress decode(std::string_view input, std::string& body, std::uint64_t limit);
  void reset() noexcept { *this = ChunkedDecoder(); }

 private:
  enum class State { kSize, kExtension, kSizeLf, kData, kDataCr, kDataLf, kTrailerLine, kDone };
  State state_ = State::kSize;
  std::uint64_t remaining_ = 0;
};

}  // namespace wws::http

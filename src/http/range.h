// The Range field for a representation of known size (RFC 9110, 14.1.2 and 14.2).
#pragma once

#include <cstdint>
#include <string_view>

namespace wws::http {

/// Bytes [first, first + length) of a representation; never empty.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

enum class RangeKind {
  kNone,           ///< send the whole representation with 200
  kOne,            ///< 206 with Content-Range
  kUnsatisfiable,  ///< 416 with "Content-Range: bytes */size"
};

struct RangeResult {
  RangeKind kind = RangeKind::kNone;
  ByteRange range;  ///< kOne only; lies inside of the representation
};

/// Reads a Range field's value for a representation of `size` bytes. One range is served; several
/// ranges, another unit and malformed values are ignored (kNone), as RFC 9110, 14.2 allows. An empty
/// representation has no range that Content-Range could name: a suffix of it is kNone.
[[nodiscard]] RangeResult parse_range(std::string_view value, std::uint64_t size) noexcept;

}  // namespace wws::http

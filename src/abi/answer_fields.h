// Rules for the header fields of a worker's answer, in every ABI.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wws::abi {

/// Final statuses that a worker may give; 1xx is not final.
inline constexpr int kLowestStatus = 200;
inline constexpr int kHighestStatus = 999;
/// Header fields of an answer. Clients take fewer.
inline constexpr std::size_t kMostFields = 1000;
/// Names and values of all fields together.
inline constexpr std::size_t kLargestFields = std::size_t{256} << 10;

/// Lower-case names of fields that frame the message or belong to the connection: ours to write.
[[nodiscard]] bool is_framing(std::string_view name) noexcept;

/// Without blanks and tabs at both ends, which are no part of a field's value (RFC 9110, 5.5).
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// Text of a worker's output, for a message: quoted, and cut where it is long.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace wws::abi

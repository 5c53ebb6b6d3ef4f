// The secret by which operators are known.
#pragma once

#include <cstddef>
#include <string_view>

namespace wws::admin {

/// A shorter one can be guessed.
inline constexpr std::size_t kShortestToken = 16;

/// Whether an Authorization field is `Bearer` and this token. Takes as long for each wrong one of its length.
[[nodiscard]] bool has_token(std::string_view authorization, std::string_view token) noexcept;

}  // namespace wws::admin

// Digests, HMAC and PBKDF2. Private to this folder.
#pragma once

#include <cstddef>

#include "crypto/call.h"

namespace wws::crypto {

/// All inputs, one behind the other.
[[nodiscard]] Begun digest(const Request& request);
/// RFC 2104. Inputs: key; then what is authenticated, one behind the other.
[[nodiscard]] Begun authenticate(const Request& request);
/// RFC 8018, 5.2, with HMAC; `number` iterations. Inputs: password, salt. Fills all of the output, up to
/// kLongestDerived.
[[nodiscard]] Begun stretch(const Request& request);
/// Keys of HMAC, passwords and salts are read at once.
inline constexpr std::size_t kLongestSecret = std::size_t{256} << 10;
inline constexpr std::size_t kLongestDerived = std::size_t{64} << 10;

}  // namespace wws::crypto

// AES. Private to this folder.
#pragma once

#include "crypto/call.h"

namespace wws::crypto {

/// Modes that go through data piece by piece: GCM (`number`: bytes of the tag, which stands behind the data;
/// inputs: key, IV, what is authenticated beside the data, data), CBC with padding, CTR with a counter of 128
/// bits (inputs: key, IV or counter, data). What does not decrypt leaves nothing in the output.
[[nodiscard]] Begun encipher(const Request& request);

/// RFC 3394. Inputs: key, data, up to kLongestWrapped.
[[nodiscard]] Outcome wrap(const Request& request);
inline constexpr std::size_t kLongestWrapped = std::size_t{64} << 10;

}  // namespace wws::crypto

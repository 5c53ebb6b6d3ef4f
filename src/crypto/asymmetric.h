// What is done with pairs of keys, but for generating those of RSA. Private to this folder.
#pragma once

#include "crypto/call.h"

namespace wws::crypto {

/// Keys are inputs behind the others, in their parts (keys.h). What is signed or verified with RSA and ECDSA
/// is a digest by `hash`, made before; for Ed25519 it is the message, up to kLongestMessage.

/// Inputs: what is signed, and a private key. `number`: bytes of salt for PSS, the type of key for ECDSA.
/// Signatures of ECDSA are both numbers one behind the other, as in IEEE P1363.
[[nodiscard]] Outcome sign(const Request& request);
/// Inputs: what was signed, the signature, and a public key. Success: it is right; kFailed: it is not.
[[nodiscard]] Outcome verify(const Request& request);
inline constexpr std::size_t kLongestMessage = std::size_t{1} << 20;

/// RSA-OAEP with MGF1 of the same hash. Inputs: data, label, and a key.
[[nodiscard]] Outcome oaep(const Request& request);

/// ECDH, X25519. `number`: type of the keys. Inputs: the other's public key, one part; a private key.
[[nodiscard]] Outcome derive_secret(const Request& request);

/// A new private key, in its parts. `number`: its type, but for RSA.
[[nodiscard]] Outcome generate(const Request& request);

/// DER to parts, and back; `number`: the type of the parts. Writing also finds out whether a private key's
/// parts belong together.
[[nodiscard]] Outcome read_key(const Request& request);
[[nodiscard]] Outcome write_key(const Request& request);
inline constexpr std::size_t kLongestDer = std::size_t{16} << 10;

}  // namespace wws::crypto

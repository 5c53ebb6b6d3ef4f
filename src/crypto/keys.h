// Keys as guests keep them, as OpenSSL has them, and as files have them. Private to this folder.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/openssl.h"
#include "crypto/operation.h"

namespace wws::crypto {

/// Sizes that are worked with: a public key of RSA is fast; a private one of 4,096 bits takes about 5 ms.
inline constexpr int kMostPrivateBits = 4096;
inline constexpr int kMostPublicBits = 8192;
inline constexpr int kLeastBits = 512;

/// What a curve is called, and the size of its numbers; for others than P-256, P-384, P-521 null.
struct Curve {
  const char* name = nullptr;
  std::size_t size = 0;  ///< of a coordinate, of a private key, and of half a signature
};
[[nodiscard]] Curve find_curve(KeyType type) noexcept;
/// "ED25519" and "X25519" as OpenSSL calls them; null for others.
[[nodiscard]] const char* find_edwards(KeyType type) noexcept;
inline constexpr std::size_t kEdwardsSize = 32;

/// Keys of these parts, in this order, numbers in big-endian bytes:
/// - RSA: n, e; private: n, e, d, p, q, dp, dq, qi;
/// - P-256, P-384, P-521: the point, uncompressed or compressed; private: d, and the point if it is known;
/// - Ed25519, X25519: 32 bytes; private: the private 32 bytes, and the public ones if they are known.
///
/// Null: they are none, or larger than is worked with. That a private key's parts belong together is not
/// looked at: belongs_together() does that.
[[nodiscard]] Key make_public(KeyType type, std::span<const Bytes> parts) noexcept;
[[nodiscard]] Key make_private(KeyType type, std::span<const Bytes> parts) noexcept;
[[nodiscard]] bool belongs_together(KeyType type, std::span<const Bytes> parts) noexcept;

/// Gathers a key in its parts: its type (4 bytes), then each part behind its length (4 bytes). What the
/// output has no room for is only counted.
class Parts {
 public:
  explicit Parts(std::span<std::uint8_t> output) noexcept : output_(output) {}
  void add_type(KeyType type) noexcept;
  void add(Bytes bytes) noexcept;
  /// The number in so many bytes; 0: as few as it has. False: it has more.
  bool add_number(const BIGNUM& number, std::size_t size) noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(size_); }

 private:
  void put_length(std::uint32_t value) noexcept;
  void put(Bytes bytes) noexcept;

  std::span<std::uint8_t> output_;
  std::size_t size_ = 0;
};

/// Writes a key to the output, as Parts.
enum class Half : std::uint8_t { kPublic, kPrivate };
[[nodiscard]] Outcome write_parts(const EVP_PKEY& key, Half half, std::span<std::uint8_t> output) noexcept;

/// PKCS #8 (RFC 5958) and SubjectPublicKeyInfo (RFC 5280) in DER. Read: all of the bytes, and of a type that
/// is known here; null otherwise.
[[nodiscard]] Key read_der(Half half, Bytes der) noexcept;
[[nodiscard]] Outcome write_der(const EVP_PKEY& key, Half half, std::span<std::uint8_t> output) noexcept;

}  // namespace wws::crypto

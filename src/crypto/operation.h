// What can be computed, and how it ends (docs/abi.md, "Cryptography").
#pragma once

#include <cstdint>
#include <expected>
#include <span>

namespace wws::crypto {

/// Numbers of the ABI.
enum class Operation : std::uint32_t {
  kDigest = 1,
  kHmac = 2,
  kPbkdf2 = 3,
  kAesGcmEncrypt = 4,
  kAesGcmDecrypt = 5,
  kAesCbcEncrypt = 6,
  kAesCbcDecrypt = 7,
  kAesCtr = 8,
  kAesKeyWrap = 9,
  kAesKeyUnwrap = 10,
  kRsaPkcs1Sign = 16,
  kRsaPkcs1Verify = 17,
  kRsaPssSign = 18,
  kRsaPssVerify = 19,
  kRsaOaepEncrypt = 20,
  kRsaOaepDecrypt = 21,
  kRsaGenerate = 22,
  kEcdsaSign = 32,
  kEcdsaVerify = 33,
  kEd25519Sign = 34,
  kEd25519Verify = 35,
  kDeriveSecret = 36,
  kGenerate = 37,
  kReadPrivateKey = 48,
  kReadPublicKey = 49,
  kWritePrivateKey = 50,
  kWritePublicKey = 51,
};

enum class Hash : std::uint32_t { kSha1 = 1, kSha256 = 2, kSha384 = 3, kSha512 = 4, kMd5 = 5 };

enum class KeyType : std::uint32_t {
  kP256 = 1,
  kP384 = 2,
  kP521 = 3,
  kEd25519 = 4,
  kX25519 = 5,
  kRsa = 6,
};

enum class Failure {
  kInvalid,  ///< no such operation, hash or type; or not its inputs
  kLimit,    ///< more than is done at once
  kKey,      ///< a key, or its encoding, is none
  kFailed,   ///< it does not verify, does not decrypt, or cannot be done with this key
};

using Bytes = std::span<const std::uint8_t>;

/// One call, as its caller gave it. Inputs and output lie apart, or it is refused.
struct Request {
  Operation operation{};
  Hash hash{};
  std::uint32_t number = 0;  ///< what it means, each operation says
  std::span<const Bytes> inputs;
  std::span<std::uint8_t> output;
};

/// How many bytes the output got. More than it has room for: nothing was done, and so much room suffices.
using Outcome = std::expected<std::uint32_t, Failure>;

}  // namespace wws::crypto

// OpenSSL, as the rest of this folder uses it. Private to this folder.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/operation.h"

namespace wws::crypto {

/// A handle of OpenSSL's with its owner.
template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* handle) const noexcept {
    kFree(handle);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Free<kFree>>;

using Number = Owned<BIGNUM, BN_clear_free>;
using NumberContext = Owned<BN_CTX, BN_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using MacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

/// OpenSSL's default provider and nothing else: no configuration is read, no other provider loaded. Made at
/// first use, for the whole process, and kept; opens no file.
[[nodiscard]] OSSL_LIB_CTX* library() noexcept;

/// Null: there is none of that number. Kept, as is library().
[[nodiscard]] const EVP_MD* find_hash(Hash hash) noexcept;
[[nodiscard]] EVP_MAC* hmac() noexcept;
/// Of AES, by the size of the key; null: it has none of that size.
enum class CipherMode : std::uint8_t { kGcm, kCbc, kCtr, kWrap };
[[nodiscard]] const EVP_CIPHER* find_cipher(CipherMode mode, std::size_t key_size) noexcept;

/// Bytes that are wiped at their end.
class SecretBytes {
 public:
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace wws::crypto

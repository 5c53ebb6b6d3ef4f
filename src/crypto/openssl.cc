#include "crypto/openssl.h"

#include <openssl/provider.h>

namespace wws::crypto {
namespace {

constexpr std::size_t kKeySizes = 3;  // of AES: 128, 192, 256 bits

/// All that is fetched, once: a fetch takes longer than most of what is computed.
struct Library {
  Library() noexcept {
    // The library's own context would read openssl.cnf, which is out of a confined process's reach.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    context = OSSL_LIB_CTX_new();
    OSSL_PROVIDER_load(context, "default");
    constexpr std::array kHashes = {"SHA1", "SHA256", "SHA384", "SHA512", "MD5"};
    for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i] = EVP_MD_fetch(context, kHashes[i], nullptr);
    constexpr std::array<std::array<const char*, kKeySizes>, 4> kCiphers = {{
        {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"},
        {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"},
        {"AES-128-CTR", "AES-192-CTR", "AES-256-CTR"},
        {"AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP"},
    }};
    for (std::size_t mode = 0; mode < ciphers.size(); ++mode) {
      for (std::size_t size = 0; size < kKeySizes; ++size)
        ciphers[mode][size] = EVP_CIPHER_fetch(context, kCiphers[mode][size], nullptr);
    }
    mac = EVP_MAC_fetch(context, "HMAC", nullptr);
  }
  OSSL_LIB_CTX* context;
  std::array<EVP_MD*, 5> hashes{};
  std::array<std::array<EVP_CIPHER*, kKeySizes>, 4> ciphers{};
  EVP_MAC* mac;
};

const Library& all() noexcept {
  static const Library library;
  return library;
}

}  // namespace

OSSL_LIB_CTX* library() noexcept { return all().context; }

const EVP_MD* find_hash(Hash hash) noexcept {
  const auto place = static_cast<std::size_t>(hash) - 1;  // 0 becomes one that is not there
  return place < all().hashes.size() ? all().hashes[place] : nullptr;
}

EVP_MAC* hmac() noexcept { return all().mac; }

const EVP_CIPHER* find_cipher(CipherMode mode, std::size_t key_size) noexcept {
  if (key_size != 16 && key_size != 24 && key_size != 32) return nullptr;
  return all().ciphers[static_cast<std::size_t>(mode)][key_size / 8 - 2];
}

}  // namespace wws::crypto

#include "crypto/asymmetric.h"

#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/keys.h"
#include "crypto/openssl.h"

namespace wws::crypto {
namespace {

std::unexpected<Failure> failed() noexcept { return std::unexpected(Failure::kFailed); }

KeyType type_of(const Request& request) noexcept {
  switch (request.operation) {
    case Operation::kEcdsaSign:
    case Operation::kEcdsaVerify:
      return static_cast<KeyType>(request.number);
    case Operation::kEd25519Sign:
    case Operation::kEd25519Verify:
      return KeyType::kEd25519;
    default:
      return KeyType::kRsa;
  }
}

KeyContext context_for(const Key& key) noexcept {
  return KeyContext(EVP_PKEY_CTX_new_from_pkey(library(), key.get(), nullptr));
}

/// What RSA's schemes need to know beside the key.
bool set_scheme(EVP_PKEY_CTX* context, const Request& request, const EVP_MD* hash) noexcept {
  switch (request.operation) {
    case Operation::kRsaPkcs1Sign:
    case Operation::kRsaPkcs1Verify:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context, hash) == 1;
    case Operation::kRsaPssSign:
    case Operation::kRsaPssVerify:
      return request.number <= kMostPublicBits / 8 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context, hash) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(request.number)) == 1;
    default:
      return true;
  }
}

using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

/// Half of a signature is as long as a coordinate.
Outcome write_signature(Bytes der, std::size_t size, std::span<std::uint8_t> output) noexcept {
  const std::uint8_t* at = der.data();
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature ||
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), output.data(), static_cast<int>(size)) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), output.data() + size, static_cast<int>(size)) < 0)
    return failed();
  return static_cast<std::uint32_t>(2 * size);
}

/// The longest DER of a signature: two numbers of 67 bytes with their heads.
using SignatureDer = std::array<std::uint8_t, 160>;

/// Empty: it is none.
Bytes read_signature(Bytes bytes, std::size_t size, SignatureDer& der) noexcept {
  if (bytes.size() != 2 * size) return {};
  const Signature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes.data(), static_cast<int>(size), nullptr),
                 BN_bin2bn(bytes.data() + size, static_cast<int>(size), nullptr));
  std::uint8_t* to = der.data();
  const int length = i2d_ECDSA_SIG(signature.get(), &to);
  return {der.data(), static_cast<std::size_t>(std::max(length, 0))};
}

Outcome sign_digest(const Request& request, const Key& key) noexcept {
  const EVP_MD* hash = find_hash(request.hash);
  if (hash == nullptr || request.inputs[0].size() != static_cast<std::size_t>(EVP_MD_get_size(hash)))
    return std::unexpected(Failure::kInvalid);
  const std::size_t half = find_curve(type_of(request)).size;
  const std::size_t wanted = half > 0 ? 2 * half : static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  if (request.output.size() < wanted) return static_cast<std::uint32_t>(wanted);
  const KeyContext context = context_for(key);
  if (EVP_PKEY_sign_init(context.get()) != 1 || !set_scheme(context.get(), request, hash)) return failed();
  SignatureDer der{};
  const std::span<std::uint8_t> to = half > 0 ? std::span<std::uint8_t>(der) : request.output;
  std::size_t size = to.size();
  if (EVP_PKEY_sign(context.get(), to.data(), &size, request.inputs[0].data(), request.inputs[0].size()) != 1)
    return failed();
  if (half > 0) return write_signature({der.data(), size}, half, request.output);
  return static_cast<std::uint32_t>(size);
}

Outcome sign_message(const Request& request, const Key& key) noexcept {
  if (request.inputs[0].size() > kLongestMessage) return std::unexpected(Failure::kLimit);
  std::size_t size = 2 * kEdwardsSize;
  if (request.output.size() < size) return static_cast<std::uint32_t>(size);
  const DigestContext context(EVP_MD_CTX_new());
  if (EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, library(), nullptr, key.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), request.output.data(), &size, request.inputs[0].data(),
                     request.inputs[0].size()) != 1)
    return failed();
  return static_cast<std::uint32_t>(size);
}

Outcome verify_digest(const Request& request, const Key& key) noexcept {
  const EVP_MD* hash = find_hash(request.hash);
  if (hash == nullptr || request.inputs[0].size() != static_cast<std::size_t>(EVP_MD_get_size(hash)))
    return std::unexpected(Failure::kInvalid);
  const std::size_t half = find_curve(type_of(request)).size;
  SignatureDer der{};
  const Bytes signature = half > 0 ? read_signature(request.inputs[1], half, der) : request.inputs[1];
  const KeyContext context = context_for(key);
  if (EVP_PKEY_verify_init(context.get()) != 1 || !set_scheme(context.get(), request, hash)) return failed();
  if (EVP_PKEY_verify(context.get(), signature.data(), signature.size(), request.inputs[0].data(),
                      request.inputs[0].size()) != 1)
    return failed();
  return 0U;
}

/// Whether a point of Ed25519 is one of those few of small order, with which a signature may be right for any
/// message. The sign bit aside there are seven encodings, two of them not reduced.
bool is_of_small_order(Bytes point) noexcept {
  using Encoding = std::array<std::uint8_t, kEdwardsSize>;
  constexpr auto kAround = [](std::uint8_t first) {  // 2^255 - 19 and its neighbours
    Encoding encoding;
    encoding.fill(0xff);
    encoding.front() = first;
    encoding.back() = 0x7f;
    return encoding;
  };
  static constexpr std::array kEncodings = {
      Encoding{},
      Encoding{1},
      kAround(0xec),
      kAround(0xed),
      kAround(0xee),
      Encoding{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
               0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
               0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
      Encoding{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
               0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
               0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};
  Encoding plain{};
  std::copy(point.begin(), point.end(), plain.begin());
  plain.back() &= 0x7f;
  return std::ranges::find(kEncodings, plain) != kEncodings.end();
}

Outcome verify_message(const Request& request, const Key& key) noexcept {
  const Bytes message = request.inputs[0];
  const Bytes signature = request.inputs[1];
  if (message.size() > kLongestMessage) return std::unexpected(Failure::kLimit);
  if (signature.size() != 2 * kEdwardsSize || is_of_small_order(request.inputs[2]) ||
      is_of_small_order(signature.first(kEdwardsSize)))
    return failed();
  const DigestContext context(EVP_MD_CTX_new());
  if (EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, library(), nullptr, key.get(), nullptr) != 1 ||
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) !=
          1)
    return failed();
  return 0U;
}

}  // namespace

Outcome sign(const Request& request) {
  if (request.inputs.size() < 2) return std::unexpected(Failure::kInvalid);
  const KeyType type = type_of(request);
  if (request.operation == Operation::kEcdsaSign && find_curve(type).name == nullptr)
    return std::unexpected(Failure::kInvalid);
  const Key key = make_private(type, request.inputs.subspan(1));
  if (!key) return std::unexpected(Failure::kKey);
  return type == KeyType::kEd25519 ? sign_message(request, key) : sign_digest(request, key);
}

Outcome verify(const Request& request) {
  if (request.inputs.size() < 3) return std::unexpected(Failure::kInvalid);
  const KeyType type = type_of(request);
  if (request.operation == Operation::kEcdsaVerify && find_curve(type).name == nullptr)
    return std::unexpected(Failure::kInvalid);
  const Key key = make_public(type, request.inputs.subspan(2));
  if (!key) return std::unexpected(Failure::kKey);
  return type == KeyType::kEd25519 ? verify_message(request, key) : verify_digest(request, key);
}

Outcome oaep(const Request& request) {
  const EVP_MD* hash = find_hash(request.hash);
  if (hash == nullptr || request.inputs.size() < 3) return std::unexpected(Failure::kInvalid);
  const Bytes data = request.inputs[0];
  const Bytes label = request.inputs[1];
  if (label.size() > kLongestDer) return std::unexpected(Failure::kLimit);
  const bool encrypts = request.operation == Operation::kRsaOaepEncrypt;
  const auto parts = request.inputs.subspan(2);
  const Key key = encrypts ? make_public(KeyType::kRsa, parts) : make_private(KeyType::kRsa, parts);
  if (!key) return std::unexpected(Failure::kKey);
  const auto wanted = static_cast<std::uint32_t>(EVP_PKEY_get_size(key.get()));
  if (request.output.size() < wanted) return wanted;
  const KeyContext context = context_for(key);
  if ((encrypts ? EVP_PKEY_encrypt_init : EVP_PKEY_decrypt_init)(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), hash) != 1)
    return failed();
  if (!label.empty()) {
    auto* copy = static_cast<std::uint8_t*>(OPENSSL_memdup(label.data(), label.size()));
    if (EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), copy, static_cast<int>(label.size())) != 1) {
      OPENSSL_free(copy);
      return failed();
    }
  }
  std::size_t size = request.output.size();
  if ((encrypts ? EVP_PKEY_encrypt : EVP_PKEY_decrypt)(context.get(), request.output.data(), &size,
                                                       data.data(), data.size()) != 1)
    return failed();
  return static_cast<std::uint32_t>(size);
}

Outcome derive_secret(const Request& request) {
  const auto type = static_cast<KeyType>(request.number);
  if (request.inputs.size() < 2 || (find_curve(type).name == nullptr && type != KeyType::kX25519))
    return std::unexpected(Failure::kInvalid);
  std::size_t size = type == KeyType::kX25519 ? kEdwardsSize : find_curve(type).size;
  if (request.output.size() < size) return static_cast<std::uint32_t>(size);
  const Key other = make_public(type, request.inputs.first(1));
  const Key own = make_private(type, request.inputs.subspan(1));
  if (!other || !own) return std::unexpected(Failure::kKey);
  const KeyContext context = context_for(own);
  // A point that was made is on its curve, all of whose points are of its order: nothing is left to check.
  if (EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(context.get(), other.get(), 0) != 1 ||
      EVP_PKEY_derive(context.get(), request.output.data(), &size) != 1)
    return failed();
  return static_cast<std::uint32_t>(size);
}

Outcome generate(const Request& request) {
  const auto type = static_cast<KeyType>(request.number);
  const char* name = find_edwards(type);
  const Key key(name != nullptr ? EVP_PKEY_Q_keygen(library(), nullptr, name)
                : find_curve(type).name != nullptr
                    ? EVP_PKEY_Q_keygen(library(), nullptr, "EC", find_curve(type).name)
                    : nullptr);
  if (!key) return std::unexpected(Failure::kInvalid);
  return write_parts(*key, Half::kPrivate, request.output);
}

Outcome read_key(const Request& request) {
  if (request.inputs.size() != 1) return std::unexpected(Failure::kInvalid);
  if (request.inputs[0].size() > kLongestDer) return std::unexpected(Failure::kLimit);
  const Half half = request.operation == Operation::kReadPrivateKey ? Half::kPrivate : Half::kPublic;
  const Key key = read_der(half, request.inputs[0]);
  if (!key) return std::unexpected(Failure::kKey);
  return write_parts(*key, half, request.output);
}

Outcome write_key(const Request& request) {
  const auto type = static_cast<KeyType>(request.number);
  if (type == KeyType{} || type > KeyType::kRsa) return std::unexpected(Failure::kInvalid);
  if (request.operation == Operation::kWritePublicKey) {
    const Key key = make_public(type, request.inputs);
    if (!key) return std::unexpected(Failure::kKey);
    return write_der(*key, Half::kPublic, request.output);
  }
  const Key key = make_private(type, request.inputs);
  if (!key || !belongs_together(type, request.inputs)) return std::unexpected(Failure::kKey);
  return write_der(*key, Half::kPrivate, request.output);
}

}  // namespace wws::crypto

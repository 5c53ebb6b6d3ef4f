#include "crypto/keys.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace wws::crypto {
namespace {

constexpr std::array kCurves = {Curve{"P-256", 32}, Curve{"P-384", 48}, Curve{"P-521", 66}};
/// What OpenSSL says that a key's group is.
constexpr std::array kGroups = {"prime256v1", "secp384r1", "secp521r1"};
constexpr std::array<const char*, 8> kRsaParts = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,           OSSL_PKEY_PARAM_RSA_D,
    OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,     OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
constexpr std::size_t kRsaPublicParts = 2;
constexpr std::size_t kMostPartBytes = kMostPublicBits / 8 + 1;

using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;

Number read_number(Bytes bytes) noexcept {
  if (bytes.size() > kMostPartBytes) return nullptr;
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

Key make_key(const char* type, int selection, OSSL_PARAM_BLD& builder) noexcept {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(&builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(library(), type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1)
    return nullptr;
  return Key(key);
}

Key make_rsa(std::span<const Bytes> parts, int most_bits, int selection) noexcept {
  std::array<Number, kRsaParts.size()> numbers;
  const Builder builder(OSSL_PARAM_BLD_new());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    numbers.at(i) = read_number(parts[i]);
    if (!numbers.at(i) || OSSL_PARAM_BLD_push_BN(builder.get(), kRsaParts.at(i), numbers.at(i).get()) != 1)
      return nullptr;
  }
  const int bits = BN_num_bits(numbers[0].get());
  // OpenSSL takes numbers that are none, such as even ones, and finds out when it computes.
  if (bits < kLeastBits || bits > most_bits || BN_is_odd(numbers[0].get()) == 0) return nullptr;
  if (BN_is_odd(numbers[1].get()) == 0 || BN_is_one(numbers[1].get()) == 1 ||
      BN_num_bits(numbers[1].get()) > 64)
    return nullptr;
  for (std::size_t i = kRsaPublicParts; i < parts.size(); ++i) {
    if (BN_is_zero(numbers.at(i).get()) == 1 || BN_cmp(numbers.at(i).get(), numbers[0].get()) >= 0)
      return nullptr;
  }
  return make_key("RSA", selection, *builder);
}

const EC_GROUP* group_of(KeyType type) noexcept {
  const auto make = [](int name) { return EC_GROUP_new_by_curve_name_ex(library(), nullptr, name); };
  static const std::array groups = {make(NID_X9_62_prime256v1), make(NID_secp384r1), make(NID_secp521r1)};
  return groups.at(static_cast<std::size_t>(type) - 1);
}

using Point = Owned<EC_POINT, EC_POINT_free>;

/// The point of a private key, uncompressed; empty: it is no private key of the curve.
std::vector<std::uint8_t> public_point(KeyType type, const BIGNUM* number) noexcept {
  const EC_GROUP* group = group_of(type);
  const Point point(EC_POINT_new(group));
  std::vector<std::uint8_t> bytes(1 + 2 * find_curve(type).size);
  if (BN_is_zero(number) == 1 || BN_cmp(number, EC_GROUP_get0_order(group)) >= 0 ||
      EC_POINT_mul(group, point.get(), number, nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(), bytes.size(),
                         nullptr) != bytes.size())
    return {};
  return bytes;
}

Key make_ec(KeyType type, Bytes point, const BIGNUM* number) noexcept {
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, find_curve(type).name, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (number != nullptr) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number);
  return make_key("EC", number != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, *builder);
}

Key make_private_ec(KeyType type, std::span<const Bytes> parts) noexcept {
  if (parts.empty() || parts.size() > 2 || parts[0].size() != find_curve(type).size) return nullptr;
  const Number number(BN_secure_new());
  BN_bin2bn(parts[0].data(), static_cast<int>(parts[0].size()), number.get());
  if (parts.size() == 2) return make_ec(type, parts[1], number.get());
  const auto point = public_point(type, number.get());
  return point.empty() ? nullptr : make_ec(type, point, number.get());
}

std::optional<KeyType> type_of(const EVP_PKEY& key) noexcept {
  if (EVP_PKEY_is_a(&key, "RSA") == 1) return KeyType::kRsa;
  if (EVP_PKEY_is_a(&key, "ED25519") == 1) return KeyType::kEd25519;
  if (EVP_PKEY_is_a(&key, "X25519") == 1) return KeyType::kX25519;
  if (EVP_PKEY_is_a(&key, "EC") != 1) return std::nullopt;
  std::array<char, 32> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(&key, group.data(), group.size(), &size) != 1) return std::nullopt;
  for (std::size_t i = 0; i < kGroups.size(); ++i) {
    if (std::string_view(group.data(), size) == kGroups.at(i)) return static_cast<KeyType>(i + 1);
  }
  return std::nullopt;
}

/// A number of a key, as one of its parts.
bool add_number(Parts& parts, const EVP_PKEY& key, const char* name, std::size_t size) noexcept {
  BIGNUM* read = nullptr;
  if (EVP_PKEY_get_bn_param(&key, name, &read) != 1) return false;
  const Number number(read);
  return parts.add_number(*number, size);
}

bool add_ec(const EVP_PKEY& key, KeyType type, Half half, Parts& parts) noexcept {
  const std::size_t size = find_curve(type).size;
  if (half == Half::kPrivate && !add_number(parts, key, OSSL_PKEY_PARAM_PRIV_KEY, size)) return false;
  // By its coordinates: the key may have been read from a compressed point, and would be written as one.
  std::array<BIGNUM*, 2> read{};
  EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_EC_PUB_X, &read[0]);
  EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_EC_PUB_Y, &read[1]);
  const Number x(read[0]);
  const Number y(read[1]);
  if (!x || !y) return false;
  std::vector<std::uint8_t> point(1 + 2 * size);
  point[0] = POINT_CONVERSION_UNCOMPRESSED;
  BN_bn2binpad(x.get(), point.data() + 1, static_cast<int>(size));
  BN_bn2binpad(y.get(), point.data() + 1 + size, static_cast<int>(size));
  parts.add(point);
  return true;
}

bool add_edwards(const EVP_PKEY& key, Half half, Parts& parts) noexcept {
  SecretBytes bytes(kEdwardsSize);
  std::size_t size = bytes.size();
  if (half == Half::kPrivate) {
    if (EVP_PKEY_get_raw_private_key(&key, bytes.data(), &size) != 1) return false;
    parts.add({bytes.data(), size});
  }
  if (EVP_PKEY_get_raw_public_key(&key, bytes.data(), &size) != 1) return false;
  parts.add({bytes.data(), size});
  return true;
}

bool is_size_known(const EVP_PKEY& key, Half half) noexcept {
  const int bits = EVP_PKEY_get_bits(&key);
  return bits >= kLeastBits && bits <= (half == Half::kPrivate ? kMostPrivateBits : kMostPublicBits);
}

using PrivateInfo = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

Key read_any(Half half, Bytes der) noexcept {
  const std::uint8_t* at = der.data();
  const auto size = static_cast<long>(der.size());
  if (half == Half::kPublic) {
    Key key(d2i_PUBKEY_ex(nullptr, &at, size, library(), nullptr));
    return at == der.data() + der.size() ? std::move(key) : nullptr;
  }
  const PrivateInfo info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, size));
  if (!info || at != der.data() + der.size()) return nullptr;
  return Key(EVP_PKCS82PKEY_ex(info.get(), library(), nullptr));
}

bool holds(bool done, const Number& left, const Number& right) noexcept {
  return done && BN_cmp(left.get(), right.get()) == 0;
}

/// n = p q; d e = 1 modulo p-1 and q-1; the rest follows from these.
bool is_rsa(std::span<const Bytes> parts) noexcept {
  std::array<Number, kRsaParts.size()> numbers;
  for (std::size_t i = 0; i < parts.size(); ++i) numbers.at(i) = read_number(parts[i]);
  const auto& [n, e, d, p, q, dp, dq, qi] = numbers;
  const NumberContext context(BN_CTX_secure_new_ex(library()));
  const Number result(BN_secure_new());
  const Number other(BN_secure_new());
  if (!holds(BN_mul(result.get(), p.get(), q.get(), context.get()) == 1, result, n)) return false;
  for (const auto& [prime, exponent] : {std::pair(p.get(), dp.get()), std::pair(q.get(), dq.get())}) {
    const Number less(BN_dup(prime));
    if (!less || BN_sub_word(less.get(), 1) != 1 || BN_is_zero(less.get()) == 1) return false;
    if (BN_mod_mul(result.get(), d.get(), e.get(), less.get(), context.get()) != 1 ||
        BN_is_one(result.get()) == 0)
      return false;
    if (BN_nnmod(result.get(), d.get(), less.get(), context.get()) != 1 ||
        BN_cmp(result.get(), exponent) != 0)
      return false;
  }
  return BN_mod_mul(other.get(), qi.get(), q.get(), p.get(), context.get()) == 1 &&
         BN_is_one(other.get()) == 1;
}

}  // namespace

void Parts::add_type(KeyType type) noexcept { put_length(static_cast<std::uint32_t>(type)); }

void Parts::add(Bytes bytes) noexcept {
  put_length(static_cast<std::uint32_t>(bytes.size()));
  put(bytes);
}

bool Parts::add_number(const BIGNUM& number, std::size_t size) noexcept {
  SecretBytes bytes(size > 0 ? size : static_cast<std::size_t>(BN_num_bytes(&number)));
  if (BN_bn2binpad(&number, bytes.data(), static_cast<int>(bytes.size())) < 0) return false;
  add({bytes.data(), bytes.size()});
  return true;
}

void Parts::put_length(std::uint32_t value) noexcept {
  std::array<std::uint8_t, sizeof value> bytes{};
  std::memcpy(bytes.data(), &value, sizeof value);
  put(bytes);
}

void Parts::put(Bytes bytes) noexcept {
  if (size_ + bytes.size() <= output_.size()) std::ranges::copy(bytes, output_.subspan(size_).begin());
  size_ += bytes.size();
}

Curve find_curve(KeyType type) noexcept {
  const auto place = static_cast<std::size_t>(type) - 1;
  return place < kCurves.size() ? kCurves.at(place) : Curve{};
}

const char* find_edwards(KeyType type) noexcept {
  if (type == KeyType::kEd25519) return "ED25519";
  return type == KeyType::kX25519 ? "X25519" : nullptr;
}

Key make_public(KeyType type, std::span<const Bytes> parts) noexcept {
  if (type == KeyType::kRsa) {
    return parts.size() == kRsaPublicParts ? make_rsa(parts, kMostPublicBits, EVP_PKEY_PUBLIC_KEY) : nullptr;
  }
  if (parts.size() != 1) return nullptr;
  if (const char* name = find_edwards(type); name != nullptr) {
    if (parts[0].size() != kEdwardsSize) return nullptr;
    return Key(EVP_PKEY_new_raw_public_key_ex(library(), name, nullptr, parts[0].data(), parts[0].size()));
  }
  return find_curve(type).name != nullptr ? make_ec(type, parts[0], nullptr) : nullptr;
}

Key make_private(KeyType type, std::span<const Bytes> parts) noexcept {
  if (type == KeyType::kRsa) {
    return parts.size() == kRsaParts.size() ? make_rsa(parts, kMostPrivateBits, EVP_PKEY_KEYPAIR) : nullptr;
  }
  if (const char* name = find_edwards(type); name != nullptr) {
    if (parts.empty() || parts.size() > 2 || parts[0].size() != kEdwardsSize) return nullptr;
    return Key(EVP_PKEY_new_raw_private_key_ex(library(), name, nullptr, parts[0].data(), parts[0].size()));
  }
  return find_curve(type).name != nullptr ? make_private_ec(type, parts) : nullptr;
}

bool belongs_together(KeyType type, std::span<const Bytes> parts) noexcept {
  if (type == KeyType::kRsa) return is_rsa(parts);
  if (parts.size() < 2) return true;
  // Made of its private half alone, it has the public half that belongs to that.
  const Key right = make_private(type, parts.first(1));
  const Key other = make_public(type, parts.subspan(1, 1));
  return right && other && EVP_PKEY_eq(right.get(), other.get()) == 1;
}

Outcome write_parts(const EVP_PKEY& key, Half half, std::span<std::uint8_t> output) noexcept {
  const auto type = type_of(key);
  if (!type) return std::unexpected(Failure::kKey);
  Parts parts(output);
  parts.add_type(*type);
  bool all = true;
  if (*type == KeyType::kRsa) {
    const std::size_t count = half == Half::kPrivate ? kRsaParts.size() : kRsaPublicParts;
    all = is_size_known(key, half);
    for (std::size_t i = 0; i < count && all; ++i) all = add_number(parts, key, kRsaParts.at(i), 0);
  } else if (find_edwards(*type) != nullptr) {
    all = add_edwards(key, half, parts);
  } else {
    all = add_ec(key, *type, half, parts);
  }
  if (!all) return std::unexpected(Failure::kKey);
  return parts.size();
}

Key read_der(Half half, Bytes der) noexcept {
  Key key = read_any(half, der);
  return key && type_of(*key) ? std::move(key) : nullptr;
}

Outcome write_der(const EVP_PKEY& key, Half half, std::span<std::uint8_t> output) noexcept {
  PrivateInfo info(half == Half::kPrivate ? EVP_PKEY2PKCS8(&key) : nullptr);
  const auto write = [&](std::uint8_t** to) {
    return half == Half::kPrivate ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), to) : i2d_PUBKEY(&key, to);
  };
  const int size = half == Half::kPrivate && !info ? -1 : write(nullptr);
  if (size < 0) return std::unexpected(Failure::kKey);
  std::uint8_t* to = output.data();
  if (static_cast<std::size_t>(size) <= output.size()) write(&to);
  return static_cast<std::uint32_t>(size);
}

}  // namespace wws::crypto

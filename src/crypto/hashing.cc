#include "crypto/hashing.h"

#include <algorithm>

#include "crypto/openssl.h"

namespace wws::crypto {
namespace {

/// Of bytes to hash in one step: below half a millisecond on slow processors.
/// Of PBKDF2, in one step.
constexpr std::uint32_t kIterations = 200;

/// Walks over inputs from one of them on, piece by piece.
class Pieces {
 public:
  explicit Pieces(std::size_t first) noexcept : input_(first) {}
  /// std::nullopt: that was all.
  std::optional<Bytes> next(const Request& request) noexcept {
    while (input_ < request.inputs.size()) {
      const Bytes rest = request.inputs[input_].subspan(at_);
      if (!rest.empty()) {
        const Bytes piece = rest.first(std::min(rest.size(), kPiece));
        at_ += piece.size();
        return piece;
      }
      ++input_;
      at_ = 0;
    }
    return std::nullopt;
  }

 private:
  std::size_t input_;
  std::size_t at_ = 0;
};

class Digest final : public Job {
 public:
  explicit Digest(const EVP_MD* hash) noexcept : context_(EVP_MD_CTX_new()), size_(EVP_MD_get_size(hash)) {
    EVP_DigestInit_ex2(context_.get(), hash, nullptr);
  }
  std::optional<Outcome> step(const Request& request) noexcept override {
    while (const auto piece = pieces_.next(request)) {
      EVP_DigestUpdate(context_.get(), piece->data(), piece->size());
      if (piece->size() == kPiece) return std::nullopt;
    }
    EVP_DigestFinal_ex(context_.get(), request.output.data(), nullptr);
    return size_;
  }

 private:
  DigestContext context_;
  std::uint32_t size_;
  Pieces pieces_{0};
};

/// HMAC with this key. A key may be empty, but is never null to OpenSSL.
MacContext make_mac(const EVP_MD* hash, Bytes key) noexcept {
  constexpr std::uint8_t kNothing = 0;
  MacContext context(EVP_MAC_CTX_new(hmac()));
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(EVP_MD_get0_name(hash)), 0),
      OSSL_PARAM_construct_end()};
  EVP_MAC_init(context.get(), key.empty() ? &kNothing : key.data(), key.size(), parameters.data());
  return context;
}

class Mac final : public Job {
 public:
  Mac(const EVP_MD* hash, Bytes key) noexcept : context_(make_mac(hash, key)) {}
  std::optional<Outcome> step(const Request& request) noexcept override {
    while (const auto piece = pieces_.next(request)) {
      EVP_MAC_update(context_.get(), piece->data(), piece->size());
      if (piece->size() == kPiece) return std::nullopt;
    }
    std::size_t size = 0;
    if (EVP_MAC_final(context_.get(), request.output.data(), &size, request.output.size()) != 1)
      return std::unexpected(Failure::kFailed);
    return static_cast<std::uint32_t>(size);
  }

 private:
  MacContext context_;
  Pieces pieces_{1};
};

/// OpenSSL's own does all iterations at once.
class Stretching final : public Job {
 public:
  Stretching(const EVP_MD* hash, Bytes password) noexcept
      : context_(make_mac(hash, password)), size_(static_cast<std::size_t>(EVP_MD_get_size(hash))) {}
  ~Stretching() override {
    OPENSSL_cleanse(last_.data(), last_.size());
    OPENSSL_cleanse(sum_.data(), sum_.size());
  }
  std::optional<Outcome> step(const Request& request) noexcept override {
    for (std::uint32_t i = 0; i < kIterations; ++i) {
      if (done_ == request.number) {
        const auto rest = request.output.subspan(block_ * size_);
        std::copy_n(sum_.begin(), std::min(size_, rest.size()), rest.begin());
        if (rest.size() <= size_) return static_cast<std::uint32_t>(request.output.size());
        ++block_;
        done_ = 0;
      }
      iterate(request.inputs[1]);
    }
    return std::nullopt;
  }

 private:
  void iterate(Bytes salt) noexcept {
    EVP_MAC_init(context_.get(), nullptr, 0, nullptr);  // with the same key
    if (done_ == 0) {
      const auto number = static_cast<std::uint32_t>(block_ + 1);
      const std::array<std::uint8_t, 4> big_endian = {
          static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
          static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
      EVP_MAC_update(context_.get(), salt.data(), salt.size());
      EVP_MAC_update(context_.get(), big_endian.data(), big_endian.size());
      sum_.fill(0);
    } else {
      EVP_MAC_update(context_.get(), last_.data(), size_);
    }
    std::size_t size = 0;
    EVP_MAC_final(context_.get(), last_.data(), &size, last_.size());
    for (std::size_t i = 0; i < size_; ++i) sum_[i] ^= last_[i];
    ++done_;
  }

  MacContext context_;
  std::size_t size_;  ///< of the hash
  std::size_t block_ = 0;
  std::uint32_t done_ = 0;  ///< iterations of this block
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> last_{};
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> sum_{};
};

std::uint32_t size_of(const EVP_MD* hash) noexcept {
  return static_cast<std::uint32_t>(EVP_MD_get_size(hash));
}

}  // namespace

Begun digest(const Request& request) {
  const EVP_MD* hash = find_hash(request.hash);
  if (hash == nullptr) return at_once(Failure::kInvalid);
  if (request.output.size() < size_of(hash)) return at_once(size_of(hash));
  return std::make_unique<Digest>(hash);
}

Begun authenticate(const Request& request) {
  const EVP_MD* hash = find_hash(request.hash);
  if (hash == nullptr || request.inputs.empty()) return at_once(Failure::kInvalid);
  if (request.inputs[0].size() > kLongestSecret) return at_once(Failure::kLimit);
  if (request.output.size() < size_of(hash)) return at_once(size_of(hash));
  return std::make_unique<Mac>(hash, request.inputs[0]);
}

Begun stretch(const Request& request) {
  const EVP_MD* hash = find_hash(request.hash);
  if (hash == nullptr || request.inputs.size() != 2 || request.number == 0) return at_once(Failure::kInvalid);
  if (request.inputs[0].size() > kLongestSecret || request.inputs[1].size() > kLongestSecret ||
      request.output.size() > kLongestDerived)
    return at_once(Failure::kLimit);
  return std::make_unique<Stretching>(hash, request.inputs[0]);
}

}  // namespace wws::crypto

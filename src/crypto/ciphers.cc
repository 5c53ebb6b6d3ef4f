#include "crypto/ciphers.h"

#include <algorithm>

#include "crypto/openssl.h"

namespace wws::crypto {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kLongestIv = 128;      // that OpenSSL takes for GCM
constexpr std::size_t kLongestBeside = 256;  // KiB that GCM authenticates at once, beside the data
constexpr std::size_t kWrapBlock = 8;

enum class Direction : int { kDecrypt = 0, kEncrypt = 1 };  // as OpenSSL has it

/// What the operation is to OpenSSL, and how large its output may get.
struct Plan {
  CipherMode mode;
  Direction direction;
  std::size_t tag = 0;     ///< behind the data
  std::size_t beside = 0;  ///< inputs between IV and data
};

Plan plan_of(const Request& request) noexcept {
  switch (request.operation) {
    case Operation::kAesGcmEncrypt:
      return {CipherMode::kGcm, Direction::kEncrypt, request.number, 1};
    case Operation::kAesGcmDecrypt:
      return {CipherMode::kGcm, Direction::kDecrypt, request.number, 1};
    case Operation::kAesCbcEncrypt:
      return {CipherMode::kCbc, Direction::kEncrypt};
    case Operation::kAesCbcDecrypt:
      return {CipherMode::kCbc, Direction::kDecrypt};
    default:
      return {CipherMode::kCtr, Direction::kEncrypt};
  }
}

class Ciphering final : public Job {
 public:
  Ciphering(CipherContext context, const Plan& plan) noexcept : context_(std::move(context)), plan_(plan) {}

  std::optional<Outcome> step(const Request& request) noexcept override {
    Bytes data = request.inputs.back();
    if (plan_.direction == Direction::kDecrypt) data = data.first(data.size() - plan_.tag);
    const Bytes piece = data.subspan(read_, std::min(data.size() - read_, kPiece));
    if (!write(request, piece)) return failed(request);
    read_ += piece.size();
    if (read_ < data.size()) return std::nullopt;
    return finish(request);
  }

 private:
  bool write(const Request& request, Bytes piece) noexcept {
    int size = 0;
    if (!piece.empty() && EVP_CipherUpdate(context_.get(), request.output.data() + written_, &size,
                                           piece.data(), static_cast<int>(piece.size())) != 1)
      return false;
    written_ += static_cast<std::size_t>(size);
    return true;
  }
  Outcome finish(const Request& request) noexcept {
    if (plan_.tag > 0 && plan_.direction == Direction::kDecrypt) {
      const Bytes tag = request.inputs.back().last(plan_.tag);
      if (EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                              const_cast<std::uint8_t*>(tag.data())) != 1)
        return failed(request);
    }
    int size = 0;
    if (EVP_CipherFinal_ex(context_.get(), request.output.data() + written_, &size) != 1)
      return failed(request);
    written_ += static_cast<std::size_t>(size);
    if (plan_.tag > 0 && plan_.direction == Direction::kEncrypt) {
      if (EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(plan_.tag),
                              request.output.data() + written_) != 1)
        return failed(request);
      written_ += plan_.tag;
    }
    return static_cast<std::uint32_t>(written_);
  }
  Outcome failed(const Request& request) noexcept {
    OPENSSL_cleanse(request.output.data(), written_);
    return std::unexpected(Failure::kFailed);
  }

  CipherContext context_;
  Plan plan_;
  std::size_t read_ = 0;
  std::size_t written_ = 0;
};

/// A context with key and IV, and what is authenticated beside the data; null: they do not fit.
CipherContext prepare(const Request& request, const Plan& plan) noexcept {
  const Bytes iv = request.inputs[1];
  const EVP_CIPHER* cipher = find_cipher(plan.mode, request.inputs[0].size());
  if (cipher == nullptr || iv.empty() || iv.size() > kLongestIv) return nullptr;
  if (plan.mode != CipherMode::kGcm && iv.size() != kBlock) return nullptr;
  std::size_t iv_size = iv.size();
  const std::array parameters = {plan.mode == CipherMode::kGcm
                                     ? OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &iv_size)
                                     : OSSL_PARAM_construct_end(),
                                 OSSL_PARAM_construct_end()};
  CipherContext context(EVP_CIPHER_CTX_new());
  if (EVP_CipherInit_ex2(context.get(), cipher, request.inputs[0].data(), iv.data(),
                         static_cast<int>(plan.direction), parameters.data()) != 1)
    return nullptr;
  if (plan.beside == 0 || request.inputs[2].empty()) return context;
  int size = 0;
  const Bytes beside = request.inputs[2];
  if (EVP_CipherUpdate(context.get(), nullptr, &size, beside.data(), static_cast<int>(beside.size())) != 1)
    return nullptr;
  return context;
}

}  // namespace

Begun encipher(const Request& request) {
  const Plan plan = plan_of(request);
  if (request.inputs.size() != 3 + plan.beside) return at_once(Failure::kInvalid);
  if (plan.mode == CipherMode::kGcm && (plan.tag < 4 || plan.tag > kBlock)) return at_once(Failure::kInvalid);
  if (plan.beside > 0 && request.inputs[2].size() > kLongestBeside << 10) return at_once(Failure::kLimit);
  std::size_t wanted = request.inputs.back().size();
  if (plan.direction == Direction::kDecrypt) {
    if (wanted < plan.tag) return at_once(Failure::kFailed);
    wanted -= plan.tag;
  } else if (plan.mode == CipherMode::kCbc) {
    wanted = (wanted / kBlock + 1) * kBlock;
  } else {
    wanted += plan.tag;
  }
  if (request.output.size() < wanted) return at_once(static_cast<std::uint32_t>(wanted));
  CipherContext context = prepare(request, plan);
  if (!context) return at_once(Failure::kKey);
  return std::make_unique<Ciphering>(std::move(context), plan);
}

Outcome wrap(const Request& request) {
  if (request.inputs.size() != 2) return std::unexpected(Failure::kInvalid);
  const Bytes data = request.inputs[1];
  const bool wraps = request.operation == Operation::kAesKeyWrap;
  if (data.size() > kLongestWrapped) return std::unexpected(Failure::kLimit);
  const std::size_t least = wraps ? 2 * kWrapBlock : 3 * kWrapBlock;
  if (data.size() % kWrapBlock != 0 || data.size() < least) return std::unexpected(Failure::kFailed);
  const std::size_t wanted = wraps ? data.size() + kWrapBlock : data.size() - kWrapBlock;
  if (request.output.size() < wanted) return static_cast<std::uint32_t>(wanted);
  const EVP_CIPHER* cipher = find_cipher(CipherMode::kWrap, request.inputs[0].size());
  if (cipher == nullptr) return std::unexpected(Failure::kKey);
  const CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  SecretBytes whole(data.size() + 2 * kWrapBlock);  // OpenSSL writes more than the result while it unwraps
  int size = 0;
  if (EVP_CipherInit_ex2(context.get(), cipher, request.inputs[0].data(), nullptr, wraps ? 1 : 0, nullptr) !=
          1 ||
      EVP_CipherUpdate(context.get(), whole.data(), &size, data.data(), static_cast<int>(data.size())) != 1 ||
      static_cast<std::size_t>(size) != wanted)
    return std::unexpected(Failure::kFailed);
  std::copy_n(whole.data(), wanted, request.output.begin());
  return static_cast<std::uint32_t>(wanted);
}

}  // namespace wws::crypto

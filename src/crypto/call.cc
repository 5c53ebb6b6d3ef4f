#include "crypto/call.h"

#include <openssl/err.h>

#include "crypto/asymmetric.h"
#include "crypto/ciphers.h"
#include "crypto/hashing.h"
#include "crypto/rsa_generation.h"

namespace wws::crypto {
namespace {

Begun begin(const Request& request) {
  switch (request.operation) {
    case Operation::kDigest:
      return digest(request);
    case Operation::kHmac:
      return authenticate(request);
    case Operation::kPbkdf2:
      return stretch(request);
    case Operation::kAesGcmEncrypt:
    case Operation::kAesGcmDecrypt:
    case Operation::kAesCbcEncrypt:
    case Operation::kAesCbcDecrypt:
    case Operation::kAesCtr:
      return encipher(request);
    case Operation::kAesKeyWrap:
    case Operation::kAesKeyUnwrap:
      return at_once(wrap(request));
    case Operation::kRsaPkcs1Sign:
    case Operation::kRsaPssSign:
    case Operation::kEcdsaSign:
    case Operation::kEd25519Sign:
      return at_once(sign(request));
    case Operation::kRsaPkcs1Verify:
    case Operation::kRsaPssVerify:
    case Operation::kEcdsaVerify:
    case Operation::kEd25519Verify:
      return at_once(verify(request));
    case Operation::kRsaOaepEncrypt:
    case Operation::kRsaOaepDecrypt:
      return at_once(oaep(request));
    case Operation::kRsaGenerate:
      return generate_rsa(request);
    case Operation::kDeriveSecret:
      return at_once(derive_secret(request));
    case Operation::kGenerate:
      return at_once(generate(request));
    case Operation::kReadPrivateKey:
    case Operation::kReadPublicKey:
      return at_once(read_key(request));
    case Operation::kWritePrivateKey:
    case Operation::kWritePublicKey:
      return at_once(write_key(request));
  }
  return at_once(std::unexpected(Failure::kInvalid));
}

}  // namespace

std::optional<Outcome> Call::step(const Request& request) noexcept {
  if (!job_) {
    Begun begun = begin(request);
    ERR_clear_error();  // why it failed, its outcome says
    if (!begun) return begun.error();
    job_ = std::move(*begun);
  }
  auto outcome = job_->step(request);
  if (outcome) ERR_clear_error();
  return outcome;
}

}  // namespace wws::crypto

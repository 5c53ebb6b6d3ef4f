#include "admin/token.h"

#include <openssl/crypto.h>

#include "http/fields.h"

namespace wws::admin {

bool has_token(std::string_view authorization, std::string_view token) noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  if (token.empty() || authorization.size() < kScheme.size() ||
      !http::equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme))
    return false;
  const std::string_view given = http::trim(authorization.substr(kScheme.size()));
  return given.size() == token.size() && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

}  // namespace wws::admin

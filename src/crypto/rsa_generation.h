// New keys of RSA. Private to this folder.
#pragma once

#include "crypto/call.h"

namespace wws::crypto {

/// `number`: bits of the modulus, even, 1,024 to 4,096. Input: the public exponent. Gives a private key in
/// its parts.
///
/// FIPS 186-5, A.1.3: random primes, each tested on its own. OpenSSL's generator does all at once, which
/// takes up to seconds; its tests of primes are used here one round at a time.
[[nodiscard]] Begun generate_rsa(const Request& request);

}  // namespace wws::crypto

#include "crypto/rsa_generation.h"

#include <array>
#include <utility>

#include "crypto/keys.h"
#include "crypto/openssl.h"

namespace wws::crypto {
namespace {

constexpr int kLeastGeneratedBits = 1024;
constexpr int kMostExponentBits = 64;
/// Rounds of Miller-Rabin with random bases. FIPS 186-5, table B.1 wants at most 5 for random numbers of
/// these sizes.
constexpr int kRounds = 8;

using Callback = Owned<BN_GENCB, BN_GENCB_free>;

enum class Verdict { kComposite, kMayBePrime };

/// One round: BN_check_prime() would do 64, and is stopped after the first that the number passes.
Verdict test_once(const BIGNUM* number, BN_CTX* context) noexcept {
  const Callback callback(BN_GENCB_new());
  bool passed = false;
  BN_GENCB_set(
      callback.get(),
      [](int event, int round, BN_GENCB* of) {
        if (event != 1 || round < 0) return 1;  // of no round, but of small divisors
        *static_cast<bool*>(BN_GENCB_get_arg(of)) = true;
        return 0;
      },
      &passed);
  const int result = BN_check_prime(number, context, callback.get());
  return passed || result == 1 ? Verdict::kMayBePrime : Verdict::kComposite;
}

class Generation final : public Job {
 public:
  Generation(Number exponent, int bits) noexcept
      : context_(BN_CTX_secure_new_ex(library())), exponent_(std::move(exponent)), bits_(bits) {}

  std::optional<Outcome> step(const Request& request) noexcept override {
    if (!candidate_ && !draw()) return std::nullopt;
    if (test_once(candidate_.get(), context_.get()) == Verdict::kComposite) {
      candidate_.reset();
      passed_ = 0;
      return std::nullopt;
    }
    if (++passed_ < kRounds) return std::nullopt;
    passed_ = 0;
    if (!first_) {
      first_ = std::move(candidate_);
      return std::nullopt;
    }
    return finish(request);
  }

 private:
  /// The next candidate. False: this one cannot be used, whether it is prime or not.
  bool draw() noexcept {
    Number drawn(BN_secure_new());
    if (BN_priv_rand_ex(drawn.get(), bits_ / 2, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD, 0, context_.get()) != 1)
      return false;
    // What comes before it has to be coprime to the exponent.
    const Number rest(BN_secure_new());
    const Number less(BN_dup(drawn.get()));
    if (BN_sub_word(less.get(), 1) != 1 ||
        BN_gcd(rest.get(), less.get(), exponent_.get(), context_.get()) != 1 || BN_is_one(rest.get()) == 0)
      return false;
    // Primes that are close to each other can be found.
    if (first_ && (BN_sub(rest.get(), drawn.get(), first_.get()) != 1 ||
                   BN_num_bits(rest.get()) <= bits_ / 2 - kFarApart))
      return false;
    candidate_ = std::move(drawn);
    return true;
  }

  [[nodiscard]] Outcome finish(const Request& request) noexcept;

  static constexpr int kFarApart = 100;
  NumberContext context_;
  Number exponent_;
  int bits_;
  Number candidate_;
  int passed_ = 0;  ///< rounds, by the candidate
  Number first_;    ///< prime
};

/// Both primes are there: the rest of the key follows from them and the exponent.
Outcome Generation::finish(const Request& request) noexcept {
  if (BN_cmp(first_.get(), candidate_.get()) < 0) std::swap(first_, candidate_);
  BIGNUM* p = first_.get();
  BIGNUM* q = candidate_.get();
  const auto number = [] { return Number(BN_secure_new()); };
  const std::array made = {number(), number(), number(), number(), number(), number(), number(), number()};
  const auto& [n, d, dp, dq, qi, less_p, less_q, all] = made;
  for (const Number& each : made) BN_set_flags(each.get(), BN_FLG_CONSTTIME);
  BN_CTX* context = context_.get();
  const bool done = BN_mul(n.get(), p, q, context) == 1 && BN_sub(less_p.get(), p, BN_value_one()) == 1 &&
                    BN_sub(less_q.get(), q, BN_value_one()) == 1 &&
                    BN_mul(all.get(), less_p.get(), less_q.get(), context) == 1 &&
                    BN_gcd(qi.get(), less_p.get(), less_q.get(), context) == 1 &&
                    BN_div(all.get(), nullptr, all.get(), qi.get(), context) == 1 &&
                    BN_mod_inverse(d.get(), exponent_.get(), all.get(), context) != nullptr &&
                    BN_mod(dp.get(), d.get(), less_p.get(), context) == 1 &&
                    BN_mod(dq.get(), d.get(), less_q.get(), context) == 1 &&
                    BN_mod_inverse(qi.get(), q, p, context) != nullptr;
  if (!done) return std::unexpected(Failure::kFailed);
  Parts parts(request.output);
  parts.add_type(KeyType::kRsa);
  for (const BIGNUM* each : {n.get(), exponent_.get(), d.get(), p, q, dp.get(), dq.get(), qi.get()})
    parts.add_number(*each, 0);
  return parts.size();
}

}  // namespace

Begun generate_rsa(const Request& request) {
  const auto refuse = [](Failure failure) { return std::unexpected(Outcome(std::unexpect, failure)); };
  if (request.inputs.size() != 1) return refuse(Failure::kInvalid);
  if (request.number < kLeastGeneratedBits || request.number > kMostPrivateBits || request.number % 2 != 0)
    return refuse(Failure::kLimit);
  const Bytes bytes = request.inputs[0];
  if (bytes.size() > kMostExponentBits / 8) return refuse(Failure::kLimit);
  Number exponent(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  if (BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) == 1) return refuse(Failure::kFailed);
  return std::make_unique<Generation>(std::move(exponent), static_cast<int>(request.number));
}

}  // namespace wws::crypto

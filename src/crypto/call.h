// One computation, in pieces.
#pragma once

#include <expected>
#include <memory>
#include <optional>

#include "crypto/operation.h"

namespace wws::crypto {

/// What takes longer than about a millisecond, as it goes on.
class Job {
 public:
  virtual ~Job() = default;
  /// As Call::step().
  [[nodiscard]] virtual std::optional<Outcome> step(const Request& request) noexcept = 0;
};

/// A job to go on with, or what is known at once.
using Begun = std::expected<std::unique_ptr<Job>, Outcome>;
[[nodiscard]] inline std::unexpected<Outcome> at_once(Outcome outcome) noexcept {
  return std::unexpected(outcome);
}
[[nodiscard]] inline std::unexpected<Outcome> at_once(Failure failure) noexcept {
  return at_once(Outcome(std::unexpect, failure));
}

/// The bytes that a job takes in one step: some 50 microseconds of work.
inline constexpr std::size_t kPiece = std::size_t{64} << 10;

/// One computation that its caller asks to go on until it is done, so that a thread with other work can do
/// that in between.
///
/// Keeps no reference to the request, and of its secrets what OpenSSL's contexts have, which is wiped at the
/// end. One thread; any number of these side by side.
class Call final {
 public:
  /// The next piece: below a millisecond, but for private keys of RSA (4,096 bits: 5 ms). std::nullopt: there
  /// is more to do. `request` is the same each time; its memory may have moved.
  [[nodiscard]] std::optional<Outcome> step(const Request& request) noexcept;

 private:
  std::unique_ptr<Job> job_;
};

}  // namespace wws::crypto

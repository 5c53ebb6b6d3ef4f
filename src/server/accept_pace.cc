#include "server/accept_pace.h"

#include <utility>

namespace wws::server {
namespace {

/// Connections between which there is more time do not come at once.
constexpr std::chrono::milliseconds kAtOnce{10};
/// Connections that were closed earlier will not be opened again.
constexpr std::chrono::seconds kMemory{1};
/// A rest for each further part of those that are open.
constexpr std::size_t kPart = 16;

}  // namespace

base::Duration AcceptPace::accepted(std::size_t open, base::Instant now) noexcept {
  const base::Duration since = now - std::exchange(last_, now);
  if (since > kMemory) replaceable_ = 0;
  if (replaceable_ > 0) {
    --replaceable_;
    return base::Duration(0);
  }
  if (since > kAtOnce) {
    more_ = 0;
    return base::Duration(0);  // a single one, as far as is known
  }
  if (++more_ <= open / kPart) return base::Duration(0);
  more_ = 0;
  return kRest;
}

}  // namespace wws::server

#include "server/accept_pace.h"

#include <utility>

namespace wws::server {
namespace {

/// Connections between which there is more time do not come at once.
constexpr std::chrono::milliseconds kAtOnce{10};
/// A rest for each further part of those that are open.
constexpr std::size_t kPart = 16;

}  // namespace

base::Duration AcceptPace::accepted(std::size_t open, base::Instant now) noexcept {
  if (now - std::exchange(last_, now) > kAtOnce) {
    replaceable_ = more_ = 0;
    return base::Duration(0);  // a single one, as far as is known
  }
  if (replaceable_ > 0) {
    --replaceable_;
    return base::Duration(0);
  }
  if (++more_ <= open / kPart) return base::Duration(0);
  more_ = 0;
  return kRest;
}

}  // namespace wws::server

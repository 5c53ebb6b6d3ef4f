#include "egress/listeners.h"

#include <algorithm>

namespace wws::egress {
namespace {

bool is_unspecified(const fetch::IpAddress& address) {
  return std::ranges::all_of(address.bytes(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

bool OwnListeners::contain(const fetch::IpAddress& address, std::uint16_t port,
                           const std::optional<fetch::IpAddress>& self) const {
  // The system takes 0.0.0.0 and :: for this machine.
  const bool is_here = fetch::is_loopback(address) || is_unspecified(address) || self == address;
  return std::ranges::any_of(listeners_, [&](const Listener& listener) {
    if (listener.port != port) return false;
    return listener.address == address ||
           (is_here && (is_unspecified(listener.address) || is_unspecified(address)));
  });
}

}  // namespace wws::egress

// The addresses that this server itself listens on.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "fetch/ip_address.h"

namespace wws::egress {

/// Requests of workers do not go to the server that runs them: they would be counted as a client's, and a
/// worker that asks for itself would take all there is. Values.
class OwnListeners {
 public:
  struct Listener {
    fetch::IpAddress address;  ///< 0.0.0.0 and :: are all of the machine
    std::uint16_t port = 0;
  };

  OwnListeners() = default;
  explicit OwnListeners(std::vector<Listener> listeners) : listeners_(std::move(listeners)) {}

  /// Whether the address is one of them. `self`: this end of a connection to it, which on the same machine
  /// has the same address; none: there is no connection yet.
  [[nodiscard]] bool contain(const fetch::IpAddress& address, std::uint16_t port,
                             const std::optional<fetch::IpAddress>& self = {}) const;

 private:
  std::vector<Listener> listeners_;
};

}  // namespace wws::egress

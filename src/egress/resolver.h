// Names to addresses.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "fetch/ip_address.h"

namespace wws::egress {

/// What a name turned out to be: the best address first, at least one.
struct Addresses {
  std::vector<fetch::IpAddress> addresses;
  std::chrono::seconds lifetime{0};  ///< for as long it may be kept
};

/// Looks names up without waiting. One thread.
class Resolver {
 public:
  /// The error says why there is none, and ends no sentence: "no such name".
  using Answer = std::expected<Addresses, std::string>;
  using Handler = std::function<void(const Answer& answer)>;

  virtual ~Resolver() = default;
  /// `name`: in lower case, without a dot at its end, and no address. `handler` is called once, maybe within
  /// this call, and not after the resolver is gone.
  virtual void resolve(const std::string& name, Handler handler) = 0;
};

}  // namespace wws::egress

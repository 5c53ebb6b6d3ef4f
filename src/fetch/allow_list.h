// Where a worker may send requests: `[features.http_requests]` of its TOML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fetch/ip_address.h"

namespace wws::fetch {

/// One entry of `allowed_hosts`: `example.com`, `*.example.com` (every name below it, and not itself),
/// `192.0.2.1`, `[2001:db8::1]`, each with `:PORT` or for every port.
class HostRule {
 public:
  /// kBadConfig: it is none of these; the message says what is wrong with it, and not which entry it is.
  [[nodiscard]] static Result<HostRule> parse(std::string_view text);

  /// `host`: a name in lower case without a dot at its end, or an address without brackets.
  [[nodiscard]] bool allows(std::string_view host, std::uint16_t port) const;
  /// Whether it is this address, written out, or `localhost` with its port and the address is a loopback one.
  [[nodiscard]] bool names(const IpAddress& address, std::uint16_t port) const;

 private:
  std::string name_;  ///< or what names end in, from the dot on
  bool is_pattern_ = false;
  std::optional<IpAddress> address_;
  std::optional<std::uint16_t> port_;  ///< none: every port
};

/// What one worker may reach. Values; built once. Names say who may be asked for; the address that a name
/// turns out to have is judged apart, since whoever owns the name chooses it.
struct AllowList {
  std::vector<HostRule> hosts;
  std::vector<std::string> methods = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  bool allow_http = false;  ///< besides https

  /// Why such a request may not be made; std::nullopt: it may. `scheme`, `host` as of a URL that was parsed:
  /// both in lower case, the host without brackets and without a dot at its end.
  [[nodiscard]] std::optional<std::string> refuses(std::string_view method, std::string_view scheme,
                                                   std::string_view host, std::uint16_t port) const;
  /// Why there may be no connection to this address of `host`; std::nullopt: there may. One that is not
  /// global has to be written in the list itself.
  [[nodiscard]] std::optional<std::string> refuses(std::string_view host, const IpAddress& address,
                                                   std::uint16_t port) const;
  /// Whether the list names this very address.
  [[nodiscard]] bool names(const IpAddress& address, std::uint16_t port) const;
};

}  // namespace wws::fetch

// Names that this machine knows by itself: /etc/hosts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/ip_address.h"

namespace wws::egress {

/// By names in lower case. `localhost` and the names below it are loopback, whatever is written (RFC 6761).
class HostsFile {
 public:
  /// Lines that cannot be read are left out, as hosts(5) has it.
  explicit HostsFile(std::string_view text);

  /// Empty: not a name of its own.
  [[nodiscard]] std::vector<fetch::IpAddress> find(std::string_view name) const;

 private:
  std::map<std::string, std::vector<fetch::IpAddress>, std::less<>> names_;
};

}  // namespace wws::egress

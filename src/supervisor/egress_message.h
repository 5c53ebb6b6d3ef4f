// The orders of an egress child: what each worker may reach, and how.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "fetch/grant.h"

namespace wws::supervisor {

/// What one worker may reach. `hosts` are what fetch::HostRule reads.
struct GrantMessage {
  std::vector<std::string> hosts;
  std::vector<std::string> methods;
  bool allow_http = false;
  fetch::Limits limits;

  friend bool operator==(const GrantMessage&, const GrantMessage&) = default;
};

struct EgressMessage {
  std::vector<GrantMessage> grants;    ///< of workers, by the places that WorkerMessage::fetch_grant names
  std::vector<std::string> listeners;  ///< ADDRESS:PORT of this server's own; empty: they may be reached
  std::string ca_file;
  std::string client_certificate;
  std::string client_key;
  /// Tells these three files from others under the same names; the child makes nothing of it.
  std::string files;
  std::vector<std::string> client_certificate_hosts;
  std::string proxy;
  bool http2 = true;
  log::Settings logging{};
};

[[nodiscard]] std::string to_json(const EgressMessage& egress);
/// kInternal: not what to_json wrote.
[[nodiscard]] Result<EgressMessage> parse_egress(std::string_view json);

}  // namespace wws::supervisor

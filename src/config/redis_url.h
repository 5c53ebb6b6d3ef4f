// The URL of a store in Redis: --kv, and [kv] of the project's file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wws::config {

/// redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE][?prefix=PREFIX], with `rediss` for TLS; and so, with
/// several hosts between commas, redis+sentinel://…/PRIMARY[/DATABASE] and redis+cluster://…, which has one
/// database.
struct RedisUrl {
  enum class Topology { kOne, kSentinel, kCluster };
  enum class Tls { kOff, kOn };
  struct Host {
    std::string name;  ///< or address; IPv6 without its brackets
    std::uint16_t port = 0;
  };

  Topology topology = Topology::kOne;
  Tls tls = Tls::kOff;
  std::vector<Host> hosts;
  std::string primary;  ///< of kSentinel
  std::string user;     ///< empty: none is named
  std::string password;
  std::uint32_t database = 0;
  std::string prefix = "wws";
};

[[nodiscard]] bool is_redis_url(std::string_view text) noexcept;
/// kBadConfig: what is wrong with it. The text has no password in it.
[[nodiscard]] Result<RedisUrl> parse_redis_url(std::string_view text);

}  // namespace wws::config

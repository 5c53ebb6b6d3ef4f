// Where a store in Redis is, and how it is spoken to.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "kv/limits.h"

namespace wws::kv {

enum class RedisTopology {
  kOne,       ///< one server: the first host
  kSentinel,  ///< hosts are sentinels, who know the primary by its name
  kCluster,   ///< hosts are some nodes, who know the others
};

struct RedisHost {
  std::string name{};  ///< or address, IPv6 without brackets
  std::uint16_t port = 6379;

  friend bool operator==(const RedisHost&, const RedisHost&) = default;
};

enum class RedisTls { kOff, kOn };

struct RedisOptions {
  RedisTopology topology = RedisTopology::kOne;
  RedisTls tls = RedisTls::kOff;
  std::vector<RedisHost> hosts{};
  std::string primary{};  ///< of kSentinel: what sentinels call it
  std::string user{};     ///< empty: Redis's default user
  std::string password{};
  std::uint32_t database = 0;
  std::string prefix = "wws";            ///< of all keys: letters, digits, '_', '-' and '.'
  std::string roots{};                   ///< of kOn: certificates in PEM that are trusted beside the system's
  std::chrono::milliseconds limit{250};  ///< from an operation to its answer
  std::uint64_t namespace_quota = Quotas{}.per_namespace;
};

}  // namespace wws::kv

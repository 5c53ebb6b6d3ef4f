// Where the key-value store is: --kv, and [kv] of the project's file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "config/redis_url.h"

namespace wws::config {

struct KvPlace {
  enum class Kind {
    kMemory,  ///< "memory": gone at the end
    kFile,    ///< "file:FOLDER"
    kRedis,   ///< "redis://…"
  };
  Kind kind = Kind::kFile;
  std::string folder;  ///< of kFile: absolute, or relative to the project's root
  RedisUrl redis{};    ///< of kRedis
};

/// kBadConfig: it is none of these.
[[nodiscard]] Result<KvPlace> parse_kv_place(std::string_view text);

/// The table [kv].
struct KvConfig {
  std::optional<KvPlace> place;                  ///< none: the project's own folder
  std::optional<std::uint64_t> namespace_quota;  ///< bytes of one namespace
  std::optional<std::uint64_t> quota;            ///< of all
  // Of a place in Redis.
  std::optional<base::Duration> time_limit{};  ///< of one operation
  std::optional<std::string> ca_file{};  ///< certificates to trust beside the system's: relative to the root
  std::optional<std::string> password_file{};  ///< instead of a password in the URL: relative to the root
};

}  // namespace wws::config

// The payload of MessageType::kStore: what a store child has to keep, and where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "kv/limits.h"
#include "kv/redis_options.h"

namespace wws::supervisor {

enum class StoreKind {
  kMemory,  ///< gone with its process
  kFile,    ///< in a folder of the project
  kRedis,   ///< on other machines
};

/// The payload of kLink to a store child for a socket to a person; to a serving process there is none.
inline constexpr std::string_view kPersonLink = "person";
/// For the socket of the admin child: a person's too, but one which that child closes when it has its answers
/// and another store takes this one's place, or another server. So a store that is to leave waits for it.
inline constexpr std::string_view kOperatorLink = "operator";

struct StoreMessage {
  StoreKind kind = StoreKind::kFile;
  std::string folder;               ///< of kFile
  std::vector<std::string> spaces;  ///< names of the namespaces of the project, by their places
  kv::Quotas quotas;
  log::Settings logging{};
  kv::RedisOptions redis{};  ///< of kRedis
};

[[nodiscard]] std::string to_json(const StoreMessage& store);
/// kInternal: not what to_json wrote.
[[nodiscard]] Result<StoreMessage> parse_store(std::string_view json);

}  // namespace wws::supervisor

// The key-value store that a project needs.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "cli/options.h"
#include "hardening/policy.h"
#include "kv/redis_options.h"
#include "runtime/project.h"
#include "supervisor/store_message.h"

namespace wws::cli {

/// Where the namespaces that workers name are kept: as --kv says, else in the project's .wws/kv, which is
/// made and belongs to whom the children become. A project that cannot be written to gets a store in memory,
/// with a warning. std::nullopt: no worker names a namespace. kBadUsage, kIo: what is wrong with the place.
[[nodiscard]] Result<std::optional<supervisor::StoreMessage>> plan_store(const ServeOptions& options,
                                                                         const runtime::Project& project,
                                                                         const hardening::Policy& policy);

/// The store in Redis that a project names, or --kv does; std::nullopt: it is elsewhere. kIo: a file with a
/// password or certificates that cannot be read.
[[nodiscard]] Result<std::optional<kv::RedisOptions>> redis_options(
    const std::optional<config::KvPlace>& place, const runtime::Project& project);

/// The folder of a project's store, which is made by nobody here. kBadUsage: it is kept in memory, and
/// belongs to the server alone.
[[nodiscard]] Result<std::filesystem::path> store_folder(const std::optional<config::KvPlace>& place,
                                                         const runtime::Project& project);

}  // namespace wws::cli

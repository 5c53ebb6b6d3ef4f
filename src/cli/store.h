// The key-value store that a project needs.
#pragma once

#include <optional>

#include "base/result.h"
#include "cli/options.h"
#include "hardening/policy.h"
#include "runtime/project.h"
#include "supervisor/store_message.h"

namespace wws::cli {

/// Where the namespaces that workers name are kept: as --kv says, else in the project's .wws/kv, which is
/// made and belongs to whom the children become. A project that cannot be written to gets a store in memory,
/// with a warning. std::nullopt: no worker names a namespace. kBadUsage, kIo: what is wrong with the place.
[[nodiscard]] Result<std::optional<supervisor::StoreMessage>> plan_store(const ServeOptions& options,
                                                                         const runtime::Project& project,
                                                                         const hardening::Policy& policy);

}  // namespace wws::cli

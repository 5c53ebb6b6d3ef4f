// The admin interface that a server is started with.
#pragma once

#include <optional>

#include "base/result.h"
#include "cli/options.h"
#include "runtime/project.h"
#include "supervisor/supervisor.h"

namespace wws::cli {

/// What `--admin`, or the project's [admin], asks for; std::nullopt: neither does. Errors as below, but for
/// sockets.
[[nodiscard]] Result<std::optional<supervisor::AdminPlan>> plan_admin(const ServeOptions& options,
                                                                      const runtime::Project& project);

/// Opens what `--admin`, or the project's [admin], names; std::nullopt: neither does. kBadUsage, kBadConfig:
/// there is no token where one is needed, or none that is worth its name. kIo: it cannot be listened there.
/// `passed`: what the server before this one listens on, which is taken if it is the same place.
[[nodiscard]] Result<std::optional<supervisor::AdminSupply>> open_admin(
    const ServeOptions& options, const runtime::Project& project,
    std::optional<supervisor::PassedAdmin> passed);

}  // namespace wws::cli

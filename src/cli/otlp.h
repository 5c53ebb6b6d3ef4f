// What goes to a collector, as option, project and environment say it (docs/telemetry.md).
#pragma once

#include <optional>

#include "base/result.h"
#include "cli/options.h"
#include "config/worker_config.h"
#include "runtime/project.h"
#include "telemetry/settings.h"

namespace wws::cli {

/// std::nullopt: nobody names a collector, or there is nothing to be sent. kBadUsage, kBadConfig: what is
/// wrong with what is named; no message has a header's value.
[[nodiscard]] Result<std::optional<telemetry::Settings>> telemetry_settings(
    const ServeOptions& options, const runtime::Project& project, const config::Environment& environment);

}  // namespace wws::cli

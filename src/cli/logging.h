// What --log-level, --log-format and --access-log mean (docs/logs.md).
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "cli/options.h"

namespace wws::cli {

/// Checks --log-format. kBadUsage says what is wrong with it.
[[nodiscard]] Result<std::string> parse_log_format(const std::string& text);

/// How the log is written. `auto` looks at standard error: colours are for terminals (and not where NO_COLOR
/// is set).
[[nodiscard]] log::Settings log_settings(const ServeOptions& options);

/// How a line of the access log looks, for AccessFormat::parse().
[[nodiscard]] std::string access_format(const ServeOptions& options);

/// The file of --access-log; empty: there is none.
[[nodiscard]] std::string access_log_file(const ServeOptions& options);

}  // namespace wws::cli

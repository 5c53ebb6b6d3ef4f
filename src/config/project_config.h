// The project's own file, `wws.toml` or `.wws.toml` in its root (docs/configuration.md).
#pragma once

#include <string>
#include <string_view>

#include "config/diagnostics.h"
#include "config/worker_config.h"

namespace wws::config {

struct ProjectConfig {
  UrlForm url_form = UrlForm::kFull;
};

/// Reads `text`, the content of `file`; same contract as parse_worker_config. The keys of the original
/// `.wws.toml` (`version`, `repositories`) are known.
[[nodiscard]] ProjectConfig parse_project_config(std::string_view text, const std::string& file,
                                                 Diagnostics& diagnostics);

}  // namespace wws::config

// Reading the tables of outgoing HTTP. Private to this folder.
#pragma once

#include <optional>

#include "config/fetch_config.h"
#include "config/toml_table.h"

namespace wws::config {

/// `[features.http_requests]` of a worker's file; std::nullopt: it allows no host.
[[nodiscard]] std::optional<FetchConfig> read_fetch(const toml::table& table, Reporter& reporter);

/// `[fetch]` of a project's file.
[[nodiscard]] ProjectFetch read_project_fetch(const toml::table& table, Reporter& reporter);

}  // namespace wws::config

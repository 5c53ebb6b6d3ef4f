// The key `url_form`, which workers and projects share. Private to this folder.
#pragma once

#include <optional>

#include "config/toml_table.h"
#include "config/worker_config.h"

namespace wws::config {

[[nodiscard]] std::optional<UrlForm> read_url_form(const toml::table& table, Reporter& reporter);

}  // namespace wws::config

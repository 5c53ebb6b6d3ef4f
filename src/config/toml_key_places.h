// Finds places of keys in a parsed file. Private to this folder.
#pragma once

#include <string>

#include "config/key_places.h"
#include "config/keys.h"
#include "config/toml_table.h"

namespace wws::config {

/// `file` as it is to be named.
[[nodiscard]] KeyPlaces find_key_places(const toml::table& root, const std::string& file, ConfigFile kind);

}  // namespace wws::config

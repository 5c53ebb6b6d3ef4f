// JSON Schema of the TOML files, for editors and validators.
#pragma once

#include <string>

#include "config/keys.h"

namespace wws::reference {

/// Draft 2020-12, indented. What the server reports, be it as a warning, does not validate: unknown keys,
/// wrong types, other values than those of a list. Bounds of sizes and durations, which are texts, are in
/// descriptions alone.
[[nodiscard]] std::string json_schema(config::ConfigFile file);

}  // namespace wws::reference

// Reading the table [limits]. Private to this folder.
#pragma once

#include "config/limits.h"
#include "config/toml_table.h"

namespace wws::config {

/// The limits that `table`'s own table [limits] sets, over `defaults`. A bad value is reported, and its
/// default kept.
[[nodiscard]] Limits read_limits(const toml::table& table, const Limits& defaults, Reporter& reporter);

}  // namespace wws::config

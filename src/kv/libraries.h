// The libraries behind this folder.
#pragma once

#include <string>

namespace wws::kv {

/// "SQLite/3.40.1".
[[nodiscard]] std::string library_versions();

}  // namespace wws::kv

// The manual page wws.toml(5).
#pragma once

#include <string>
#include <string_view>

#include "config/keys.h"
#include "reference/page.h"

namespace wws::reference {

/// Every table and key of a worker's file and of the project's.
[[nodiscard]] Page keys_page(std::string_view version);

/// "size, 64KiB to 4GiB"; "`ro` or `rw`".
[[nodiscard]] std::string type_text(const config::Key& key);

}  // namespace wws::reference

// The listening sockets that a child was started with.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace wws::supervisor {

/// Takes them from descriptor kFirstListener on. `argument`: how many there are, as the child's command line
/// has it.
[[nodiscard]] Result<std::vector<base::File>> take_listeners(const std::string& argument);

/// Numbers below hardening::kSharedDescriptors are for what is shared: no connection and no module gets one,
/// also when listening sockets have left theirs.
[[nodiscard]] Result<void> fill_shared_numbers();

}  // namespace wws::supervisor

// The manual page wws(1).
#pragma once

#include <span>
#include <string_view>

#include "reference/command.h"
#include "reference/page.h"

namespace wws::reference {

/// All commands with all options, and what else a person has to know who starts the program. The first
/// command is `wws` itself.
[[nodiscard]] Page wws_page(std::span<const Command> commands, std::string_view version);

}  // namespace wws::reference

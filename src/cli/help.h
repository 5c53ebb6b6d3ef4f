// What a parser's options say of themselves: for --help, and for manuals and completions.
#pragma once

#include <string>
#include <vector>

#include "reference/command.h"

namespace CLI {
class App;
}  // namespace CLI

namespace wws::cli {

// The first line of an option's description is for all; what follows it is for manuals.

/// From now on `app` writes its help as this program has it.
void set_formatter(CLI::App& app);

/// All commands with all that they take, `wws` itself first.
[[nodiscard]] std::vector<reference::Command> describe_commands();

}  // namespace wws::cli

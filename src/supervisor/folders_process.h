// The folders child: has the files of guests with mounted folders.
#pragma once

#include <span>
#include <string>

namespace wws::supervisor {

/// `wws __folders`: opens the folders, gives up all else, and answers serving processes until it is told to
/// stop. Returns the exit status.
[[nodiscard]] int folders_main(std::span<const std::string> arguments);

}  // namespace wws::supervisor

// Scripts with which shells complete command lines.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reference/command.h"

namespace wws::reference {

enum class Shell { kBash, kZsh, kFish };

/// "bash", "zsh" or "fish"; anything else: std::nullopt.
[[nodiscard]] std::optional<Shell> parse_shell(std::string_view name) noexcept;

// Each completes commands, options, and values: those of a list, files and folders. The first command is
// `wws` itself, whose argument may be a command instead.

/// For bash 4.4 or newer, without the package bash-completion.
[[nodiscard]] std::string bash_completion(std::span<const Command> commands);
/// For a file `_wws` in a folder of `$fpath`.
[[nodiscard]] std::string zsh_completion(std::span<const Command> commands);
/// For fish 3, as `completions/wws.fish`.
[[nodiscard]] std::string fish_completion(std::span<const Command> commands);

[[nodiscard]] std::string completion(Shell shell, std::span<const Command> commands);

// What the scripts share.

/// Words that can stand behind `words`: the commands in it ("list" and others behind "kv", all first ones
/// behind "").
[[nodiscard]] std::vector<std::string> next_words(std::span<const Command> commands, std::string_view words);

/// The parts of a list of values as they are typed: "memory", "file:".
[[nodiscard]] std::vector<std::string> choices_of(const Value& value);

}  // namespace wws::reference

#include "reference/completions.h"

#include <algorithm>

namespace wws::reference {

std::optional<Shell> parse_shell(std::string_view name) noexcept {
  if (name == "bash") return Shell::kBash;
  if (name == "zsh") return Shell::kZsh;
  if (name == "fish") return Shell::kFish;
  return std::nullopt;
}

std::string completion(Shell shell, std::span<const Command> commands) {
  switch (shell) {
    case Shell::kBash:
      return bash_completion(commands);
    case Shell::kZsh:
      return zsh_completion(commands);
    case Shell::kFish:
      break;
  }
  return fish_completion(commands);
}

std::vector<std::string> next_words(std::span<const Command> commands, std::string_view words) {
  std::vector<std::string> found;
  for (const Command& command : commands) {
    std::string_view rest = words_of(command);
    if (!words.empty()) {
      if (!rest.starts_with(words) || !rest.substr(words.size()).starts_with(' ')) continue;
      rest.remove_prefix(words.size() + 1);
    }
    const std::string next(rest.substr(0, rest.find(' ')));
    if (!next.empty() && std::ranges::find(found, next) == found.end()) found.push_back(next);
  }
  return found;
}

std::vector<std::string> choices_of(const Value& value) {
  std::vector<std::string> choices;
  if (kind_of(value) != ValueKind::kChoice) return choices;
  for (const std::string& part : parts_of(value)) choices.emplace_back(typed_part(part));
  return choices;
}

}  // namespace wws::reference

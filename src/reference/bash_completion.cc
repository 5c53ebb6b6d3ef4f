#include <fmt/format.h>

#include <algorithm>

#include "reference/completions.h"

namespace wws::reference {
namespace {

/// Bash takes "=" and ":" for words of their own: `typed` is what stands there up to the cursor, and replies
/// lose what bash has as words before the last one.
constexpr std::string_view kBashHead = R"sh(# Completion of wws for bash. Made by "wws completions bash".

_wws_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$typed")
  # What ends like this goes on behind it.
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[:/] ]] && compopt -o nospace 2>/dev/null
  COMPREPLY=("${COMPREPLY[@]#"$before"}")
}

_wws_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "${typed#file:}")
  COMPREPLY=("${COMPREPLY[@]#"${before#file:}"}")
}

_wws() {
  local last=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT}
  local typed=${line##*[[:space:]]} before= option= command= first=1 position=0 i word
  [[ $last == [=:] ]] && last=
  [[ $typed == -*=* ]] && option=${typed%%=*} && typed=${typed#*=}
  if [[ $typed == *"$last" ]]; then before=${typed%"$last"}; else typed=$last; fi
  [[ -z $option && $COMP_CWORD -gt 1 && ${COMP_WORDS[COMP_CWORD-1]} == -* ]] && option=${COMP_WORDS[COMP_CWORD-1]}
  if [[ -z $option && $before == *: && ${COMP_WORDS[COMP_CWORD]} != : && $COMP_CWORD -gt 3 ]]; then
    option=${COMP_WORDS[COMP_CWORD-3]}
  elif [[ -z $option && $before == *: && $COMP_CWORD -gt 2 ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
)sh";

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

/// How bash finds values of this kind; empty: it cannot.
std::string finder(const Value& value) {
  switch (kind_of(value)) {
    case ValueKind::kFolder:
      return "_wws_files -d";
    case ValueKind::kFile:
      return "_wws_files -f";
    case ValueKind::kChoice:
      break;
    case ValueKind::kNone:
    case ValueKind::kText:
      return {};
  }
  const std::string words = fmt::format("_wws_words \"{}\"", joined(choices_of(value), " "));
  const auto parts = parts_of(value);
  const bool has_folder = std::ranges::find(parts, "file:FOLDER") != parts.end();
  return has_folder ? fmt::format("if [[ $typed == file:* ]]; then _wws_files -d; else {}; fi", words)
                    : words;
}

/// Commands that have commands behind them: "kv".
std::vector<std::string> outer_words(std::span<const Command> commands) {
  std::vector<std::string> outer;
  for (const Command& command : commands) {
    const std::string_view words = words_of(command);
    const std::size_t space = words.find(' ');
    const std::string first(words.substr(0, space));
    if (space != std::string_view::npos && std::ranges::find(outer, first) == outer.end())
      outer.push_back(first);
  }
  return outer;
}

/// Sets `command`, and `first` to the place of the first word behind it.
std::string find_command(std::span<const Command> commands) {
  std::string text = fmt::format(
      "  if ((COMP_CWORD > 1)); then\n    case ${{COMP_WORDS[1]}} in\n      {}) command=${{COMP_WORDS[1]}} "
      "first=2 ;;\n    esac\n  fi\n",
      joined(next_words(commands, {}), " | "));
  for (const std::string& outer : outer_words(commands)) {
    text += fmt::format(
        "  if [[ $command == {0} ]] && ((COMP_CWORD > 2)); then\n    case ${{COMP_WORDS[2]}} in\n      {1}) "
        "command=\"{0} ${{COMP_WORDS[2]}}\" first=3 ;;\n    esac\n  fi\n",
        outer, joined(next_words(commands, outer), " | "));
  }
  return text;
}

/// The values of options of a command, and which of them take one.
std::string option_values(const Command& command) {
  std::string text;
  for (const Option& option : command.options) {
    if (option.value.name.empty()) continue;
    const std::string found = finder(option.value);
    text +=
        fmt::format("        {}) {}; return ;;\n", joined(option.names, " | "), found.empty() ? ":" : found);
  }
  return text.empty() ? text : "      case $option in\n" + text + "      esac\n";
}

/// Options with a value, as a pattern that finds them between spaces.
std::string takers(const Command& command) {
  std::string text = " ";
  for (const Option& option : command.options) {
    if (!option.value.name.empty()) text += joined(option.names, " ") + " ";
  }
  return text;
}

std::string argument_values(std::span<const Command> commands, const Command& command) {
  const std::string_view words = words_of(command);
  std::string text;
  const auto next = next_words(commands, words);
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    std::string found = finder(command.arguments[i].value);
    if (i == 0 && !next.empty() && !words.empty()) {
      found = fmt::format("_wws_words \"{}\"", joined(next, " "));
    } else if (i == 0 && !next.empty()) {
      // A command stands before all options.
      found = fmt::format(
          "{}; if ((COMP_CWORD == 1)); then local -a folders=(\"${{COMPREPLY[@]}}\"); _wws_words \"{}\"; "
          "COMPREPLY+=(\"${{folders[@]}}\"); fi",
          found, joined(next, " "));
    }
    if (!found.empty()) text += fmt::format("        {}) {} ;;\n", i, found);
  }
  return text.empty() ? text : "      case $position in\n" + text + "      esac\n";
}

std::string branch(std::span<const Command> commands, const Command& command) {
  std::vector<std::string> names;
  for (const Option& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  std::string text = fmt::format("    \"{}\")\n", words_of(command));
  text += option_values(command);
  text +=
      fmt::format("      if [[ $typed == -* ]]; then _wws_words \"{}\"; return; fi\n", joined(names, " "));
  text += fmt::format(
      "      for ((i = first; i < COMP_CWORD; i++)); do\n"
      "        word=${{COMP_WORDS[i]}}\n"
      "        if [[ \"{}\" == *\" $word \"* ]]; then ((i++)); [[ ${{COMP_WORDS[i]}} == = ]] && ((i++)); "
      "elif [[ $word != -* ]]; then ((position++)); fi\n"
      "      done\n",
      takers(command));
  text += argument_values(commands, command);
  return text + "      ;;\n";
}

}  // namespace

std::string bash_completion(std::span<const Command> commands) {
  std::string text(kBashHead);
  text += find_command(commands);
  text += "  case $command in\n";
  for (const Command& command : commands) text += branch(commands, command);
  text += "  esac\n}\n\ncomplete -F _wws wws\n";
  return text;
}

}  // namespace wws::reference
